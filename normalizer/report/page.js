"use strict";
// Rows come from the data block and reach the page as text nodes only, never as markup.
(() => {
  const PAGE = 100;
  const PRINTED = 2000;
  const rows = JSON.parse(document.getElementById("rows").textContent);
  const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

  function node(tag, name, ...children) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...children);
    return made;
  }

  // Text of a document may run the other way than the page.
  const isolated = (text) => node("bdi", "", text);

  function button(name, label, pressed) {
    const made = node("button", name, label);
    made.type = "button";
    made.addEventListener("click", pressed);
    return made;
  }

  function score(value) {
    const made = node("span", "score", value.toFixed(2));
    made.style.setProperty("--share", `${Math.round(value * 100)}%`);
    made.title = "probability that the finding is right";
    return made;
  }

  function change(before, after) {
    const made = node("span", "", node("del", "", isolated(before)), " ");
    made.append(node("ins", "", after === "" ? "(nothing)" : isolated(after)));
    return made;
  }

  const finding = (row) => ({
    flag: row[0] === 1, place: rows.documents[row[1]], start: row[2], before: row[3],
    after: row[4], left: row[5], right: row[6], score: row[7], applied: row[8] === 1,
    category: rows.strings[row[9]], entity: row[10] < 0 ? null : row[10],
    origin: rows.strings[row[11]], message: rows.strings[row[12]],
    evidence: row[13].map(([reason, weight]) => [rows.strings[reason], weight]),
    others: row[14], outcome: (row[8] ? "rewritten" : "proposed") + (row[15] ? `, decided by ${row[15]}` : ""),
  });
  const findings = rows.findings.map(finding);
  const names = findings.filter((one) => !one.flag);
  const flags = findings.filter((one) => one.flag);
  const entityName = (one) => (one.entity === null ? "" : rows.entities[one.entity][0]);

  // A list of a section: filter, order, and the rows of one page of it.
  class Listing {
    constructor(id, all, { draw, wanted = () => true, text, orders }) {
      Object.assign(this, { all, draw, wanted, text, orders, first: 0, printing: false });
      this.section = document.getElementById(id);
      this.place = this.section.querySelector(".rows");
      this.tools = this.section.querySelector(".tools");
      for (const one of this.section.querySelectorAll(":scope > [hidden]")) one.hidden = false;
      this.query = this.tools.querySelector("input[type=search]");
      this.query.addEventListener("input", () => this.show());
      for (const one of this.tools.querySelectorAll("select, input[type=number]")) {
        one.addEventListener("change", () => this.show());
      }
      this.order = this.tools.querySelector("select.order");
      this.where = node("span", "", "");
      this.where.setAttribute("aria-live", "polite");
      this.back = button("", "Previous", () => this.turn(-1));
      this.on = button("", "Next", () => this.turn(1));
      this.tools.append(node("span", "pager", this.where, this.back, this.on));
      this.sorted = new Map();
      this.show();
    }

    ordered() {
      const name = this.order ? this.order.value : "";
      if (!this.sorted.has(name)) {
        const key = this.orders && this.orders[name];
        const keyed = key ? this.all.map((one) => [key(one), one]) : null;
        const compare = (a, b) => typeof a[0] === "number" ? b[0] - a[0] : collator.compare(a[0], b[0]);
        this.sorted.set(name, keyed ? keyed.sort(compare).map((pair) => pair[1]) : this.all);
      }
      return this.sorted.get(name);
    }

    show(keep = false) {
      if (!keep) this.first = 0;
      const query = this.query.value.trim().toLowerCase();
      this.found = this.ordered().filter(
        (one) => this.wanted(one) && (!query || this.text(one).toLowerCase().includes(query)));
      this.render();
    }

    render() {
      const size = this.printing ? PRINTED : PAGE;
      const first = this.printing ? 0 : this.first;
      const shown = this.found.slice(first, first + size);
      this.place.replaceChildren(...shown.map((one, at) => this.draw(one, at)));
      if (!shown.length) this.say(this.all.length ? "Nothing fits the filter." : "Nothing here.");
      const all = this.found.length;
      this.where.textContent = all
        ? `${(first + 1).toLocaleString("en")}\u2013${(first + shown.length).toLocaleString("en")} of ${all.toLocaleString("en")}`
        : "none";
      this.back.hidden = this.on.hidden = all <= size;
      this.back.disabled = first === 0;
      this.on.disabled = first + size >= all;
      if (this.printing && all > shown.length) this.say(`${all - shown.length} more are not printed.`);
    }

    say(words) {
      const inTable = this.place.tagName === "TBODY";
      const cell = node(inTable ? "td" : "li", "empty", words);
      if (inTable) cell.colSpan = 5;
      this.place.append(inTable ? node("tr", "", cell) : cell);
    }

    turn(step) {
      const next = this.first + step * PAGE;
      if (next < 0 || next >= this.found.length) return;
      this.first = next;
      this.render();
      this.section.scrollIntoView();
    }

    print(printing) {
      this.printing = printing;
      this.render();
    }
  }

  // -- entities -----------------------------------------------------------------------------

  const only = { entity: null, before: null };
  const entityBody = document.querySelector("#entities tbody");
  const entityPlace = {
    by: 2, down: true,
    columns: [(row) => row[0], (row) => row[1], (row) => row[3], (row) => row[4], (row) => row[5].length],
  };

  function entityRow([row, at]) {
    const title = node("th", "", isolated(row[0]), row[2] === row[0] ? "" : node("span", "id", row[2]));
    title.scope = "row";
    const spellings = row[5].map(([before, after, applied, proposed]) => {
      const label = button("spelling", isolated(before), () => showNames(at, before));
      label.append(" ", node("small", "", `\u00d7\u00a0${applied + proposed}`));
      label.title = `${before} \u2192 ${after}: ${applied} rewritten, ${proposed} proposed`;
      return label;
    });
    return node("tr", "", title, node("td", "optional quiet", row[1]), node("td", "number", String(row[3])),
      node("td", "number optional", String(row[4])), node("td", "", node("span", "spellings", ...spellings)));
  }

  function sortEntities(listing) {
    const { columns, by, down } = entityPlace;
    listing.all.sort(([a], [b]) => {
      const [one, other] = [columns[by](a), columns[by](b)];
      const order = typeof one === "number" ? one - other : collator.compare(one, other);
      return (down ? -order : order) || collator.compare(a[0], b[0]);
    });
    document.querySelectorAll("#entities thead th").forEach((head, at) => {
      if (at === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    listing.show();
  }

  const entities = new Listing("entities", rows.entities.map((row, at) => [row, at]), {
    draw: entityRow,
    text: ([row]) => [row[0], row[1], row[2], ...row[5].map((one) => one[0])].join("\n"),
  });
  document.querySelectorAll("#entities thead th").forEach((head, at) => {
    const label = button("", head.textContent, () => {
      entityPlace.down = entityPlace.by === at ? !entityPlace.down : at > 1;
      entityPlace.by = at;
      sortEntities(entities);
    });
    head.replaceChildren(label);
  });
  sortEntities(entities);

  // -- names in context -----------------------------------------------------------------------

  const backwards = (text) => text.trim().split(" ").reverse().join(" ");

  function nameLine(one) {
    const key = button("key", change(one.before, one.after), () => {
      key.setAttribute("aria-expanded", String(line.classList.toggle("open")));
    });
    key.setAttribute("aria-expanded", "false");
    key.title = one.message;
    const where = node("span", "where", node("b", "", one.place), ` \u00b7 ${entityName(one)} \u00b7 `,
      one.outcome, " ", score(one.score), ` \u00b7 ${one.message}`);
    const line = node("li", "line", node("span", "left", isolated(one.left)),
      node("span", "here", key, node("span", "right", isolated(one.right))), where);
    return line;
  }

  const nameAction = document.querySelector("#names select.action");
  const chip = button("only", "", () => { only.entity = only.before = null; showOnly(); });
  document.querySelector("#names .tools").prepend(chip);
  chip.hidden = true;

  const inContext = new Listing("names", names, {
    draw: nameLine,
    wanted: (one) => (only.entity === null || (one.entity === only.entity && one.before === only.before))
      && (!nameAction.value || nameAction.value === (one.applied ? "apply" : "propose")),
    text: (one) => [one.left, one.before, one.after, one.right, one.place, entityName(one), one.message].join("\n"),
    orders: {
      left: (one) => backwards(one.left), right: (one) => one.right.trim(), before: (one) => one.before,
      after: (one) => one.after, score: (one) => one.score, doubt: (one) => 1 - one.score,
    },
  });

  function showOnly() {
    chip.hidden = only.entity === null;
    if (only.entity !== null) {
      chip.replaceChildren("only ", isolated(only.before), ` (${rows.entities[only.entity][0]}) \u2715`);
    }
    inContext.show();
  }

  function showNames(entity, before) {
    Object.assign(only, { entity, before });
    inContext.query.value = "";
    nameAction.value = "";
    showOnly();
    inContext.section.scrollIntoView();
    chip.focus({ preventScroll: true });
  }

  // -- flags ----------------------------------------------------------------------------------

  function evidence(one) {
    const items = one.evidence.map(([reason, weight]) => node("li", "",
      node("span", "weight", (weight < 0 ? "\u2212" : "+") + Math.abs(weight).toFixed(1)), node("span", "", reason)));
    const others = one.others.length ? [node("p", "why", "also possible: ", one.others.join(", "))] : [];
    return node("details", "", node("summary", "", "Evidence"), node("ul", "evidence", ...items), ...others,
      node("p", "why", "rule: ", one.origin));
  }

  function flagCard(one) {
    const said = node("p", "said", isolated(one.left), node("mark", "", isolated(one.before || "(nothing)")));
    if (one.after !== null) said.append(" ", node("ins", "", one.after === "" ? "(nothing)" : isolated(one.after)));
    said.append(isolated(one.right));
    return node("li", "flag",
      node("div", "top", score(one.score), node("b", "", one.category), node("span", "", one.place),
        node("span", "", one.outcome)),
      said, node("p", "why", one.message), evidence(one));
  }

  const category = document.querySelector("#flags select.category");
  const counts = new Map();
  for (const one of flags) counts.set(one.category, (counts.get(one.category) || 0) + 1);
  for (const [name, count] of [...counts].sort((a, b) => b[1] - a[1])) {
    const option = node("option", "", `${name} (${count})`);
    option.value = name;
    category.append(option);
  }
  const least = document.querySelector("#flags input[type=number]");
  const flagged = new Listing("flags", flags, {
    draw: flagCard,
    wanted: (one) => (!category.value || one.category === category.value) && one.score >= (Number(least.value) || 0),
    text: (one) => [one.left, one.before, one.after || "", one.right, one.message, one.place, one.category].join("\n"),
    orders: { place: null, before: (one) => one.before, left: (one) => backwards(one.left), right: (one) => one.right.trim() },
  });

  // -- changes --------------------------------------------------------------------------------

  const KINDS = [
    (text) => text,
    (text) => node("del", "", isolated(text)),
    (text) => node("ins", "", isolated(text)),
    () => node("span", "fold", " \u22ef "),
    () => "\n",
  ];

  function diff([place, stretches, count], at) {
    const made = node("details", "", node("summary", "", node("b", "", rows.documents[place]), " ",
      node("span", "count", count === 1 ? "1 change" : `${count} changes`)));
    const fill = () => {
      if (made.querySelector(".diff")) return;
      made.append(node("p", "diff", ...stretches.map(([kind, text]) => KINDS[kind](text))));
    };
    made.addEventListener("toggle", fill);
    if (at < 5 || changes?.printing) { made.open = true; fill(); }
    return made;
  }

  let changes = null;
  changes = new Listing("changes", rows.diffs, {
    draw: diff,
    text: ([place, stretches]) => rows.documents[place] + "\n" + stretches.map((one) => one[1]).join(""),
  });

  // -- keys and paper -------------------------------------------------------------------------

  const listings = [entities, inContext, flagged, changes];
  const sections = [...document.querySelectorAll("main section")];
  const inView = () => listings.filter((one) => one.section.getBoundingClientRect().top < innerHeight / 2).pop() || listings[0];
  document.querySelector(".keys").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") inView().query.focus();
    else if (event.key === "n") inView().turn(1);
    else if (event.key === "p") inView().turn(-1);
    else if (/^[1-5]$/.test(event.key)) sections[event.key - 1]?.scrollIntoView();
    else return;
    event.preventDefault();
  });
  addEventListener("beforeprint", () => listings.forEach((one) => one.print(true)));
  addEventListener("afterprint", () => listings.forEach((one) => one.print(false)));
  // Milliseconds from the start of loading until the page could be used.
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
