"""JupyterLab as a user sees it: in Chromium, driven by keyboard and mouse."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from playwright.sync_api import expect, sync_playwright

# The time limit for anything on a page: Flink starts while the first cell waits.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

# Options for a browser in a container, without the network.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


def chromium():
    """The machine's browser."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    for name in names:
        if path := shutil.which(name):
            return path
    sys.exit(f"no browser: none of {', '.join(names)} is on the path; on Debian, apt-get install chromium")


class Lab:
    """A separate JupyterLab server, without any of the user's settings, and a browser."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.stack = contextlib.ExitStack()
        for part in ("root", "config/labconfig", "settings/@jupyterlab/docmanager-extension", "runtime"):
            (self.folder / part).mkdir(parents=True)
        (self.folder / "settings/@jupyterlab/docmanager-extension/plugin.jupyterlab-settings").write_text(
            '{"renameUntitledFileOnSave": false}')
        # Neither news nor extensions are fetched.
        (self.folder / "config/labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": {
            "@jupyterlab/apputils-extension:announcements": True,
            "@jupyterlab/extensionmanager-extension": True,
        }}))
        with self.stack:
            self.serve()
            playwright = self.stack.enter_context(sync_playwright())
            self.browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            self.stack.callback(self.browser.close)
            self.stack = self.stack.pop_all()

    def serve(self):
        self.root = self.folder / "root"
        log = self.stack.enter_context(open(self.folder / "lab.log", "w+"))
        self.server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
             f"--ServerApp.root_dir={self.root}", "--IdentityProvider.token=secret",
             "--LabApp.news_url=None", "--LabApp.extension_manager=readonly",
             "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"],
            stdout=log, stderr=log, env=os.environ | {
                "JUPYTER_CONFIG_DIR": str(self.folder / "config"), "JUPYTER_DATA_DIR": str(self.folder / "data"),
                "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
                "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            })
        self.stack.callback(self.end)
        about = self.folder / "runtime" / f"jpserver-{self.server.pid}.json"
        while True:
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                self.url = json.loads(about.read_text())["url"]
                return
            if self.server.poll() is not None:
                log.seek(0)
                sys.exit(f"JupyterLab did not start:\n{log.read()}")
            time.sleep(0.05)

    def end(self):
        """A server that is asked to end shuts down its kernels."""
        self.server.terminate()
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            raise

    def close(self):
        self.stack.close()

    def open(self, path=""):
        """Opens a new window of a new user."""
        context = self.browser.new_context(viewport={"width": 1200, "height": 960})
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        workspace = f"w{time.monotonic_ns()}"
        page.goto(f"{self.url}lab/workspaces/{workspace}{'/tree/' + path if path else ''}?token=secret")
        return Notebook(self, page)


class Notebook:
    """The notebook of a window."""

    def __init__(self, lab, page):
        self.lab, self.page = lab, page
        self.dialogs, self.mistakes = [], []
        page.on("dialog", self.answer)
        page.on("pageerror", lambda e: self.mistakes.append(str(e)))

    def answer(self, dialog):
        if dialog.type != "beforeunload": # the page asks before it leaves a notebook with changes
            self.dialogs.append(dialog.message)
        dialog.accept()

    def new(self):
        """Creates a notebook from the launcher."""
        self.page.locator('.jp-LauncherCard[data-category="Notebook"][title*="riffle"]').click()
        self.ready()
        self.end()
        return self

    def ready(self):
        """Waits until the notebook is open and its kernel answers."""
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
        expect(self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_visible()
        return self

    def type(self, text):
        """Types into the cell that has the cursor."""
        self.page.keyboard.type(text)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def run(self, text):
        """Types a cell and runs it. The next cell then has the cursor."""
        cell = self.active()
        self.type(text)
        self.press("Shift+Enter")
        return cell

    def active(self):
        """The cell that has the cursor."""
        number = self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active").get_attribute("data-windowed-list-index")
        return Cell(self, int(number))

    def end(self):
        """Puts the cursor into the last cell, which is empty. A page that is still loading moves under the mouse."""
        status = self.page.locator("#jp-main-statusbar")
        for attempt in range(30):
            self.page.locator(".jp-Notebook .jp-Cell").last.locator(".cm-content").click()
            with contextlib.suppress(AssertionError):
                expect(status).to_contain_text(re.compile(r"Mode: Edit.*Cell (\d+)/\1\D"), timeout=2000)
                break
        expect(self.active().source).to_have_text("")

    def cell(self, number):
        return Cell(self, number)

    def button(self, name):
        self.page.locator(f'.jp-NotebookPanel-toolbar [data-command="{name}"]').click()

    def command(self, name):
        """Chooses a command from the palette."""
        self.press("Control+Shift+c")
        self.page.locator(".lm-CommandPalette-input").fill(name)
        label = self.page.locator(".lm-CommandPalette-itemLabel", has_text=re.compile(f"^{re.escape(name)}$"))
        self.page.locator(".lm-CommandPalette-item").filter(has=label).first.click()

    def save(self):
        """Saves the notebook and returns its file. With a live table in it, it always has unsaved changes."""
        file = self.lab.root / self.page.locator(".jp-DirListing-item.jp-mod-selected .jp-DirListing-itemText").inner_text()
        before = file.stat().st_mtime_ns
        self.button("docmanager:save")
        while file.stat().st_mtime_ns == before or not file.read_text().endswith("}\n"):
            self.page.wait_for_timeout(20)
        return file

    def screenshot(self, name):
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=pathlib.Path(folder) / name)


class Cell:
    """One cell, by its index in the notebook."""

    def __init__(self, notebook, number):
        self.notebook, self.page, self.number = notebook, notebook.page, number
        self.at = self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{number}"]')
        self.source = self.at.locator(".cm-content")
        self.prompt = self.at.locator(".jp-InputPrompt")
        self.output = self.at.locator(".jp-OutputArea-output")
        self.table = self.at.locator(".jp-OutputArea-output table")
        self.chart = self.at.locator("canvas.marks")
        self.caption = self.table.locator("caption")
        self.error = self.at.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')
        self.text = self.at.locator('.jp-OutputArea-output[data-mime-type="text/plain"], .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stdout"]')

    def query(self):
        """Returns the name of the query whose table is shown."""
        return self.caption.text_content().split()[0]

    def expect_redrawn(self):
        """Waits until the chart has changed."""
        expect(self.chart).to_be_visible()
        before = self.chart.evaluate("e => e.toDataURL()")
        self.page.wait_for_function(
            """([number, before]) => {
                const chart = document.querySelector(`.jp-Cell[data-windowed-list-index="${number}"] canvas.marks`)
                return chart && chart.toDataURL() != before
            }""", arg=[self.number, before])

    def runs(self):
        return self.prompt.inner_text().strip() == "[*]:"

    def expect_running(self):
        expect(self.prompt).to_have_text(re.compile(r"\[\*\]:"))
        return self

    def expect_done(self):
        expect(self.prompt).to_have_text(re.compile(r"\[\d+\]:"))
        return self

    def expect_change(self, locator):
        """Waits until a part of the cell has changed."""
        expect(locator).not_to_have_text(locator.text_content(), use_inner_text=False)
