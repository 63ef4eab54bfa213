"""The LMS's pages: packages, one package with its learners, an attempt and its log, a course at play."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from heliograph.demo_lms.errors import Refusal
from heliograph.demo_lms.markup import Html, html, join
from heliograph.demo_lms.quirks import TABLE, Quirk, words
from heliograph.demo_lms.store import Row

Query = dict[str, list[str]]
SCRIPTS = {
    "scorm12": ["checks.js", "scorm12.js"],
    "scorm2004": ["checks.js", "responses2004.js", "scorm2004.js"],
}


def home(packages: list[Row]) -> Html:
    """Every package, and the form that takes another."""
    rows = join(_package_row(package) for package in packages)
    listing = html(
        """<table><thead><tr><th>Package<th>Standard<th class="number">Learners<th>Uploaded</thead>
        <tbody>{rows}</tbody></table>""",
        rows=rows,
    )
    empty = html(
        '<p class="empty">No package yet. Upload the zip you would upload to your customer’s LMS.</p>'
    )
    return _page(
        "Packages",
        html(
            """<h1>Packages</h1>
            <p class="lead">This is a stand-in for somebody else’s LMS. It is strict on purpose: what the
            SCORM standard refuses, it refuses, and it shows every call a course makes.</p>
            <form class="card upload" method="post" action="/packages" enctype="multipart/form-data">
              <label for="file">SCORM 1.2 or SCORM 2004 package (zip)</label>
              <div class="row">
              <input id="file" type="file" name="file" accept=".zip,application/zip" required>
              <button>Upload</button></div>
            </form>
            <section class="card">{listing}</section>""",
            listing=listing if packages else empty,
        ),
    )


def package(package: Row, learners: list[Row]) -> Html:
    """One package: launch it, who has opened it, and the quirks this LMS shows it."""
    return _page(
        package["title"],
        html(
            """<p class="crumbs"><a href="/">Packages</a></p>
            <h1>{title}</h1>
            <p class="lead">{edition} · {filename} · {count} to launch</p>
            {missing}
            <div class="columns"><form class="card" method="get" action="/play/{id}">{launch}</form>
            <form class="card" method="post" action="/packages/{id}/quirks">{quirks}</form></div>
            <section class="card"><h2>Learners</h2>{learners}</section>
            <form method="post" action="/packages/{id}/remove" class="remove">
              <details><summary>Remove this package</summary>
              <p>Its learners, attempts and calls go with it.</p>
              <button class="danger">Remove</button></details>
            </form>""",
            id=package["id"],
            title=package["title"],
            edition=package["edition"],
            filename=package["filename"],
            count=_count(len(package["scos"]), "item"),
            missing=_missing(package["missing"]),
            launch=_launch_form(package),
            quirks=_quirks_form(package["quirks"]),
            learners=_learners_table(learners),
        ),
    )


def learner(package: Row, learner: Row) -> Html:
    """One learner's attempts on one package."""
    titles = {sco["identifier"]: sco["title"] for sco in package["scos"]}
    rows = join(
        html(
            """<tr><td data-label="Attempt"><a href="/attempts/{id}">{title}, attempt {number}</a>
            <td data-label="Status" class="short">{status}<td data-label="Score" class="number short">{score}
            <td data-label="Total time" class="number short">{total_time}
            <td data-label="Exit" class="short">{exit}
            <td data-label="Last change" class="short">{changed}""",
            id=attempt["id"],
            title=titles.get(attempt["sco"], attempt["sco"]),
            number=attempt["number"],
            status=_status(attempt["status"]),
            score=_score(attempt["score"]),
            total_time=attempt["total_time"] or "–",
            exit=attempt["exit"] or "–",
            changed=_time(attempt["changed_at"]),
        )
        for attempt in learner["attempts"]
    )
    again = urlencode({"learner_id": learner["id"], "learner_name": learner["name"]})
    return _page(
        learner["name"] or learner["id"],
        html(
            """<p class="crumbs"><a href="/">Packages</a> / <a href="/packages/{id}">{title}</a></p>
            <h1>{name}</h1><p class="lead">Learner id <code>{learner}</code></p>
            <p class="actions"><a class="button" href="/play/{id}?{again}">Open the course again</a>
            <a href="{json}">The same as JSON</a></p>
            <section class="card"><table><thead><tr><th>Attempt<th>Status<th class="number">Score
            <th class="number">Total time<th>Exit<th>Last change</thead>
            <tbody>{rows}</tbody></table></section>""",
            id=package["id"],
            title=package["title"],
            name=learner["name"] or learner["id"],
            learner=learner["id"],
            again=again,
            json=f"/api/packages/{package['id']}/learners/{quote(learner['id'], safe='')}",
            rows=rows,
        ),
    )


def attempt(package: Row, learner: Row, live: Row) -> Html:
    """One attempt: what is stored and every call, both kept up to date while the learner works."""
    return _page(
        f"{learner['name'] or learner['id']} · {package['title']}",
        html(
            """<p class="crumbs"><a href="/">Packages</a> / <a href="/packages/{id}">{title}</a> /
            <a href="/packages/{id}/learners/{learner}">{name}</a></p>
            <h1>Attempt {number}</h1>
            <p class="lead"><a href="/api/attempts/{attempt}">The same as JSON</a>
            · this page follows the learner as they work</p>
            <div id="live" data-url="/attempts/{attempt}/live">{live}</div>""",
            id=package["id"],
            title=package["title"],
            learner=quote(learner["id"], safe=""),
            name=learner["name"] or learner["id"],
            number=live["number"],
            attempt=live["id"],
            live=attempt_live(live),
        ),
        scripts=["live.js"],
    )


def attempt_live(live: Row) -> Html:
    """The part of an attempt's page that moves."""
    return html(
        """<dl class="facts" data-stamp="{stamp}">
          <div><dt>Status</dt><dd>{status}</dd></div><div><dt>Score</dt><dd>{score}</dd></div>
          <div><dt>Total time</dt><dd>{total_time}</dd></div><div><dt>Location</dt><dd>{location}</dd></div>
          <div><dt>Entry</dt><dd>{entry}</dd></div><div><dt>Exit</dt><dd>{exit}</dd></div>
          <div><dt>Launches</dt><dd>{launches}</dd></div><div><dt>Session</dt><dd>{session}</dd></div></dl>
        <section class="card"><h2>Calls <span class="count">{total}</span></h2>{calls}</section>
        <section class="card"><h2>Data model as stored <span class="count">{stored}</span></h2>
        {elements}</section>""",
        stamp=live["stamp"],
        status=_status(live["status"]),
        score=_score(live["score"]),
        total_time=live["total_time"] or "–",
        location=_short(live["location"]) or "–",
        entry=live["entry"] or "–",
        exit=live["exit"] or "–",
        launches=len(live["launches"]),
        session="ended" if live["ended"] else "open",
        total=live["calls_total"],
        calls=_calls_table(live),
        stored=len(live["elements"]),
        elements=_elements_table(live["elements"]),
    )


def play(package: Row, launch: dict[str, Any], query: Query) -> Html:
    """The page a course plays in: it holds the API, and the course in a frame or beside it in a window."""
    items = [{**sco, "url": _play_url(package, query, sco["identifier"])} for sco in package["scos"]]
    position = next(i for i, item in enumerate(items) if item["identifier"] == launch["sco"]["identifier"])
    learner = query["learner_id"][0].strip()
    config = {
        **launch,
        "content": _content_url(package, launch["sco"]["href"]),
        "items": [{"identifier": item["identifier"], "url": item["url"]} for item in items],
        "position": position,
        "leave": f"/packages/{package['id']}/learners/{quote(learner, safe='')}{_wait(launch['quirks'])}",
    }
    body = html(
        """<header class="player"><strong>{title}</strong>
          <span class="who">{name}</span><span id="state" role="status">not started</span>{quirks}
          <a href="/attempts/{attempt}" target="_blank" rel="noopener">Calls</a>
          <a href="{leave}" id="leave" class="button">Leave the course</a></header>
        <main class="stage">{contents}{stage}</main>
        <script type="application/json" id="launch">{config}</script>""",
        title=package["title"],
        name=query.get("learner_name", [""])[0] or learner,
        quirks=_quirk_badges(launch["quirks"]),
        attempt=launch["attempt"],
        leave=config["leave"],
        contents=_contents(items, position) if len(items) > 1 else Html(""),
        stage=_popup_stage() if launch["window"] == "popup" else _frame_stage(package["title"]),
        config=_script_json(config),
    )
    scripts = [*SCRIPTS[package["standard"]], "quirks.js", "session.js", "play.js"]
    return _document(package["title"], body, scripts, "playing")


def left() -> Html:
    """What the frame shows after the course is gone."""
    return _document(
        "Left", html('<p class="gone">The course has ended. You can leave this page.</p>'), [], ""
    )


def error_page(refusal: Refusal) -> Html:
    """Any refusal, as a page."""
    return _page(
        "Refused",
        html(
            '<h1>That did not work</h1><p class="notice bad">{s}</p><p><a href="/">Packages</a></p>',
            s=refusal.sentence,
        ),
    )


# Parts of pages


def _page(title: str, body: Html, scripts: list[str] | None = None) -> Html:
    header = html(
        '<header class="bar"><a href="/">Reference LMS</a><span>not your LMS, but as strict</span></header>'
    )
    return _document(title, html("{header}<main>{body}</main>", header=header, body=body), scripts or [], "")


def _document(title: str, body: Html, scripts: list[str], kind: str) -> Html:
    return html(
        """<!doctype html><html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title} · Reference LMS</title>
        <link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/lms.css"></head>
        <body class="{kind}">{body}{scripts}</body></html>""",
        title=title,
        kind=kind,
        body=body,
        scripts=join(html('<script src="/static/{name}"></script>', name=name) for name in scripts),
    )


def _package_row(package: Row) -> Html:
    return html(
        """<tr><td data-label="Package"><a href="/packages/{id}">{title}</a><small>{filename}</small>
        <td data-label="Standard" class="short">{edition}<td data-label="Learners" class="number">{learners}
        <td data-label="Uploaded" class="short">{at}""",
        id=package["id"],
        title=package["title"],
        filename=package["filename"],
        edition=package["edition"],
        learners=package["learners"],
        at=_time(package["uploaded_at"]),
    )


def _missing(files: list[str]) -> Html:
    if not files:
        return Html("")
    some = ", ".join(files[:3]) + (" and others" if len(files) > 3 else "")
    return html(
        '<p class="notice warn">The manifest starts files this package does not hold: {some}.</p>', some=some
    )


def _launch_form(package: Row) -> Html:
    several = len(package["scos"]) > 1
    options = join(
        html('<option value="{identifier}">{title}</option>', **sco_words(sco)) for sco in package["scos"]
    )
    start = html('<label>Start with<select name="sco">{options}</select></label>', options=options)
    return html(
        """<h2>Launch</h2>
        <label>Learner id<input name="learner_id" value="zoe.obrien" maxlength="255" required></label>
        <label>Learner name<input name="learner_name" value="Zoë O’Brien, 李" maxlength="255"></label>
        {start}
        <label>Show it<select name="window"><option value="frame">in a frame of this page</option>
          <option value="popup">in a window of its own</option></select></label>
        <div class="row"><label>Mode<select name="mode"><option>normal</option><option>browse</option>
          <option>review</option></select></label>
        <label>Credit<select name="credit"><option>credit</option><option>no-credit</option></select></label>
        </div>
        <button>Launch</button>""",
        start=start if several else Html(""),
    )


def sco_words(sco: Row) -> dict[str, str]:
    return {"identifier": sco["identifier"], "title": sco["title"]}


def _quirks_form(chosen: dict[str, int]) -> Html:
    rows = join(
        html(
            """<div class="quirk"><label><input type="checkbox" name="quirk" value="{name}"{checked}>
            <span><code>{name}</code> {does}</span></label>{number}</div>""",
            name=quirk.name,
            does=quirk.does,
            checked=Html(" checked") if quirk.name in chosen else Html(""),
            number=_number_field(quirk, chosen),
        )
        for quirk in TABLE
    )
    return html(
        """<h2>LMS quirks</h2><p>What real LMSs get wrong, for every launch of this package.</p>
        <div class="quirks">{rows}</div><button class="quiet">Save quirks</button>""",
        rows=rows,
    )


def _number_field(quirk: Quirk, chosen: dict[str, int]) -> Html:
    if quirk.default is None:
        return Html("")
    return html(
        '<input name="n_{name}" value="{number}" inputmode="numeric" aria-label="N for {name}">',
        name=quirk.name,
        number=chosen.get(quirk.name, quirk.default),
    )


def _learners_table(learners: list[Row]) -> Html:
    if not learners:
        return html('<p class="empty">Nobody has opened this package yet. Launch it above.</p>')
    rows = join(_learner_row(learner, learner["attempts"][0]) for learner in learners if learner["attempts"])
    return html(
        """<table><thead><tr><th>Learner<th>Status
        <th class="number">Score<th class="number">Total time<th>Location
        <th>Entry<th>Exit<th class="number">Attempts</thead><tbody>{rows}</tbody></table>""",
        rows=rows,
    )


def _learner_row(learner: Row, attempt: Row) -> Html:
    return html(
        """<tr>
        <td data-label="Learner"><a href="/packages/{package}/learners/{quoted}">{name}</a><small>{id}</small>
        <td data-label="Status" class="short">{status}<td data-label="Score" class="number short">{score}
        <td data-label="Total time" class="number short">{total_time}<td data-label="Location">{location}
        <td data-label="Entry" class="short">{entry}<td data-label="Exit" class="short">{exit}
        <td data-label="Attempts" class="number short"><a href="/attempts/{attempt}">{attempts}</a>""",
        package=attempt["package"],
        quoted=quote(learner["id"], safe=""),
        name=learner["name"] or learner["id"],
        id=learner["id"],
        status=_status(attempt["status"]),
        score=_score(attempt["score"]),
        total_time=attempt["total_time"] or "–",
        location=_short(attempt["location"]) or "–",
        entry=attempt["entry"] or "–",
        exit=attempt["exit"] or "–",
        attempt=attempt["id"],
        attempts=len(learner["attempts"]),
    )


def _calls_table(live: Row) -> Html:
    if not live["calls"]:
        return html('<p class="empty">The course has not called the API yet.</p>')
    hidden = live["calls_total"] - len(live["calls"])
    before = html("<p>{n} earlier calls are in the JSON.</p>", n=hidden) if hidden > 0 else Html("")
    return html(
        """{before}<table class="calls"><thead><tr><th>Time<th>Call<th>Result<th>Error</thead>
        <tbody>{rows}</tbody></table>""",
        before=before,
        rows=join(_call_row(call) for call in live["calls"]),
    )


def _call_row(call: Row) -> Html:
    arguments = ", ".join(json.dumps(argument, ensure_ascii=False) for argument in call["arguments"])
    failed = call["error"] not in ("", "0")
    return html(
        """<tr class="{kind}"><td data-label="Time" class="short">{at}
        <td data-label="Call"><code>{method}({arguments})</code>
        <td data-label="Result"><code>{result}</code><td data-label="Error">{error}<small>{why}</small>""",
        kind="failed" if failed else "",
        at=call["at"][11:23],
        method=call["method"],
        arguments=_short(arguments),
        result=_short(call["result"]),
        error=call["error"] if failed else "–",
        why=call["why"],
    )


def _elements_table(elements: dict[str, str]) -> Html:
    if not elements:
        return html('<p class="empty">Nothing is stored yet. A course stores with LMSCommit or Commit.</p>')
    rows = join(
        html(
            '<tr><td data-label="Element"><code>{name}</code><td data-label="Value"><code>{value}</code>',
            name=name,
            value=_short(value) or "“”",
        )
        for name, value in sorted(elements.items(), key=_by_number)
    )
    return html(
        '<table class="elements"><thead><tr><th>Element<th>Value</thead><tbody>{rows}</tbody></table>',
        rows=rows,
    )


def _contents(items: list[Row], position: int) -> Html:
    links = join(
        html(
            '<li><a href="{url}"{current}>{title}</a></li>',
            url=item["url"],
            title=item["title"],
            current=Html(' aria-current="page"') if at == position else Html(""),
        )
        for at, item in enumerate(items)
    )
    return html('<nav class="contents" aria-label="Contents"><ol>{links}</ol></nav>', links=links)


def _frame_stage(title: str) -> Html:
    return html(
        '<iframe id="content" title="{title}" allow="autoplay; fullscreen; clipboard-write"></iframe>',
        title=title,
    )


def _wait(quirks: dict[str, int]) -> str:
    """What has the page behind the exit link take its time."""
    return f"?wait={quirks['slow_exit']}" if "slow_exit" in quirks else ""


def _popup_stage() -> Html:
    return html(
        """<div class="popup"><p id="popup-text">The course opens in a window of its own. Keep this page
        open: it holds the connection to the LMS.</p><button id="open">Open the course</button></div>"""
    )


def _quirk_badges(quirks: dict[str, int]) -> Html:
    return join(html('<span class="badge">{word}</span>', word=word) for word in words(quirks))


def _play_url(package: Row, query: Query, sco: str) -> str:
    kept = {name: values for name, values in query.items() if name != "sco"}
    return f"/play/{package['id']}?{urlencode({**kept, 'sco': [sco]}, doseq=True)}"


def _content_url(package: Row, href: str) -> str:
    return (
        href if href.startswith(("http://", "https://")) else f"/content/{package['id']}/{href.lstrip('/')}"
    )


def _script_json(value: object) -> Html:
    """JSON that cannot end the script element it stands in."""
    return Html(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))


def _status(status: dict[str, str]) -> Html:
    text = status.get("lesson_status") or f"{status['completion']}, {status['success']}"
    kind = {"passed": "good", "failed": "bad"}.get(status["success"]) or (
        "good" if status["completion"] == "completed" else ""
    )
    return html('<span class="status {kind}">{text}</span>', kind=kind, text=text)


def _score(score: dict[str, str]) -> str:
    if not score:
        return "–"
    raw = score.get("raw")
    text = f"{raw} of {score['max']}" if raw and score.get("max") else (raw or "")
    return " · ".join(part for part in (text, score.get("scaled", "")) if part) or "–"


def _time(at: str) -> Html:
    return html('<time datetime="{at}">{text} UTC</time>', at=at, text=at[:16].replace("T", " "))


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:300]}… ({len(text):,} characters)"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _by_number(element: tuple[str, str]) -> list[tuple[int, str]]:
    """cmi.objectives.10 after cmi.objectives.9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in element[0].split(".")]
