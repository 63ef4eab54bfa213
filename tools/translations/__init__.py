"""The catalogs of translations: which texts there are, and which of a template are not marked for them."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/heliograph"
TOKEN = re.compile(
    r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<!--.*?-->"
    r"|<(?:[^<>\"'{]|\"[^\"]*\"|'[^']*'|\{[{%].*?[%}]\})*>)",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"([\w:.@-]+)=\"([^\"]*)\"")
READ = {
    "title", "label", "aria-label", "placeholder", "alt", "help", "meta", "note", "text", "caption", "submit",
    "cancel",
}  # fmt: skip
# What a tag or filter is given to say.
SAID = re.compile(r"(?<!_\()(?<!date:)(?<!translate )\"([A-Z][^\"]+)\"")
NOT_READ = {"script", "style", "pre", "code", "svg"}
# The same in every language.
NAMES = re.compile(
    r"\b(Heliograph|SCORM|cmi5|xAPI|AICC|IMS|LTI|CSV|PDF|API|URL|LMS|LRS|JSON|XML|HTML|UTC|IDs?|MP[34]|ZIP|OK"
    r"|[KMG]B)\b"
)


def catalog(language: str, root: Path = SOURCE) -> Path:
    """Where the texts of a language are."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def collect(root: Path = SOURCE) -> None:
    """Bring the German catalog below ``root`` up to date with the texts marked there. Needs GNU gettext."""
    command = [sys.executable, "-m", "django", "makemessages", "-l", "de", "-v", "0"]
    command += ["--no-wrap", "--add-location", "file", "--no-obsolete"]
    with tempfile.TemporaryDirectory() as home:
        settings = {"DJANGO_SETTINGS_MODULE": "heliograph.config.settings", "HELIOGRAPH_HOME": home}
        subprocess.run(command, cwd=root, check=True, env={**os.environ, **settings})  # noqa: S603
    path = catalog("de", root)
    path.write_text(re.sub(r'"(POT-Creation-Date|Report-Msgid-Bugs-To):.*\n', "", path.read_text()))


def unmarked(template: str) -> list[str]:
    """What a page would show in English whatever its reader's language: texts and attributes of a template
    that stand outside of ``translate``, ``blocktranslate`` and ``_()``.
    """
    texts: list[str] = []
    skipped = ""
    for token in TOKEN.split(re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", template, flags=re.DOTALL)):
        tag = re.match(r"<(/?)([\w.-]+)", token)
        if skipped:
            if re.match(rf"</{skipped}>|\{{% {skipped} %\}}", token):
                skipped = ""
        elif token.startswith("{% blocktranslate"):
            skipped = "endblocktranslate"
        elif tag:
            texts += [value for name, value in ATTRIBUTE.findall(token) if name in READ]
            if tag[2] in NOT_READ and not tag[1] and not token.endswith("/>"):
                skipped = tag[2]
        elif token.startswith(("{%", "{{")):
            texts += SAID.findall(token)
        elif not token.startswith(("{", "<!")):
            texts.append(token)
    return [" ".join(text.split()) for text in texts if _is_read(text)]


def _is_read(text: str) -> bool:
    text = re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", " ", text)
    own = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|&\w+;", " ", text)
    return bool(re.search(r"[A-Za-z]{2}", NAMES.sub(" ", own)))
