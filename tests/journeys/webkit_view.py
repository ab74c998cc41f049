#!/usr/bin/python3
"""WebKitGTK and nothing around it, with a profile on disk: its own MiniBrowser is wider than a phone and forgets all."""

import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

COMPLAIN = """
for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"])
  addEventListener(kind, (event) => webkit.messageHandlers.complain.postMessage(`${location.href}: ${event.message ?? event.reason ?? event.violatedDirective}`));
"""
profile = Path(sys.argv[1])
complaints = profile / "complaints"
profile.mkdir(exist_ok=True)
complaints.touch()
data = WebKit2.WebsiteDataManager(base_data_directory=f"{profile}/data", base_cache_directory=f"{profile}/cache")
data.get_cookie_manager().set_persistent_storage(f"{profile}/cookies", WebKit2.CookiePersistentStorage.SQLITE)
context = WebKit2.WebContext.new_with_website_data_manager(data)


def complain(_: object, told: WebKit2.JavascriptResult) -> None:
    with complaints.open("a") as written:
        print(told.get_js_value().to_string(), file=written)


def opened(*_: object) -> WebKit2.WebView:
    pages = WebKit2.UserContentManager()
    pages.connect("script-message-received::complain", complain)
    pages.register_script_message_handler("complain")
    pages.add_script(WebKit2.UserScript(COMPLAIN, WebKit2.UserContentInjectedFrames.TOP_FRAME, WebKit2.UserScriptInjectionTime.START, None, None))
    view = WebKit2.WebView(web_context=context, user_content_manager=pages, is_controlled_by_automation=True)
    window = Gtk.Window()
    window.set_default_size(360, 780)
    window.add(view)
    window.show_all()
    return view


def begun(_: object, session: WebKit2.AutomationSession) -> None:
    session.connect("create-web-view", opened)


context.set_automation_allowed(True)
context.connect("automation-started", begun)
Gtk.main()
