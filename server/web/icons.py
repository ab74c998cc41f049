"""The icons: one stroke, 24 × 24, drawn inline so that a page needs no further request."""

from functools import cache

from markupsafe import Markup

PATHS = {
    "back": '<path d="m15 5-7 7 7 7"/>',
    "bang": '<path d="M12 3.5 22 20.5H2ZM12 10v4.5M12 17.3v.2"/>',
    "bell": '<path d="M6 17v-6a6 6 0 0 1 12 0v6l1.500 2h-15ZM10 21.500h4"/>',
    "call": '<path d="M5 3.500h4l2 5-2.500 1.700a11 11 0 0 0 5.300 5.300L15.500 13l5 2v4a2 2 0 0 1-2.200 2A16.500 16.500 0 0 1 3 5.700 2 2 0 0 1 5 3.500Z"/>',
    "cam": '<path d="M4 8h3.5L9 5.5h6L16.5 8H20v11H4Z"/><circle cx="12" cy="13" r="3.5"/>',
    "chart": '<path d="M4 20h16M7 20v-7M12 20V5M17 20v-10"/>',
    "check": '<path d="M6 4h12v17H6ZM9.500 2.500h5v3h-5ZM9 13l2 2 4-4"/>',
    "copy": '<path d="M8 8h12v13H8ZM16 8V3H4v13h4"/>',
    "dice": '<path d="M4 7h3c5 0 5 10 10 10h3M4 17h3c1.700 0 2.800-1.100 3.700-2.600M13.500 9.400C14.300 8 15.400 7 17 7h3M17.500 4.500 20 7l-2.500 2.500M17.500 14.500 20 17l-2.500 2.500"/>',
    "doc": '<path d="M6 3h8l4 4v14H6ZM14 3v4h4M9 12h6M9 16h6"/>',
    "down": '<path d="m6 9 6 6 6-6"/>',
    "eye": '<path d="M2 12s3.500-7 10-7 10 7 10 7-3.500 7-10 7S2 12 2 12Z"/><circle cx="12" cy="12" r="3"/>',
    "find": '<circle cx="10.500" cy="10.500" r="6.500"/><path d="m15.500 15.500 5 5"/>',
    "go": '<path d="m9 5 7 7-7 7"/>',
    "horn": '<path d="M4 10v4h3l9 5V5L7 10ZM19 9.500a4 4 0 0 1 0 5"/>',
    "house": '<path d="M4 21V8l8-5 8 5v13M2.500 21h19M10 21v-5h4v5M9 11h.1M15 11h.1"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.2"/>',
    "key": '<circle cx="8" cy="15" r="4.5"/><path d="m11.3 11.7 8.2-8.2M16 7l3 3"/>',
    "list": '<path d="M9 6h11M9 12h11M9 18h11M4.500 6h.1M4.500 12h.1M4.500 18h.1"/>',
    "lr": '<path d="m9 7-5 5 5 5M15 7l5 5-5 5"/>',
    "me": '<circle cx="12" cy="8" r="4"/><path d="M4 21c.8-4 4-6 8-6s7.200 2 8 6"/>',
    "off": '<path d="m4 4 16 16M9.5 6.2A6 6 0 0 1 17.9 10.2a4 4 0 0 1 2.2 6M16.5 18H7a4.5 4.5 0 0 1-.5-9"/>',
    "okc": '<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.8 5.2-5.6"/>',
    "pen": '<path d="m4 20 1-4L16 5l3 3L8 19ZM14 7l3 3"/>',
    "phone": '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/>',
    "photo": '<rect x="3.5" y="5" width="17" height="14" rx="2"/><circle cx="9" cy="10" r="1.6"/><path d="m4 17 5-4 4 3 3-2.500 4 3.500"/>',
    "pin": '<path d="M12 21.500C8 16.500 5.500 13.500 5.500 9.500a6.500 6.500 0 0 1 13 0c0 4-2.500 7-6.500 12Z"/><circle cx="12" cy="9.500" r="2.500"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "rise": '<path d="m6 15 6-6 6 6"/>',
    "save": '<path d="M12 4v11m-4.500-4.500L12 15l4.500-4.500M4.500 20h15"/>',
    "scan": '<path d="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16"/>',
    "today": '<rect x="4" y="5" width="16" height="16" rx="2"/><path d="M4 10h16M8.500 3v4M15.500 3v4M8.500 15l2.300 2.300 4.500-4.600"/>',
    "up": '<path d="M7 18a4.5 4.5 0 0 1-.5-9 6 6 0 0 1 11.4 1.2A4 4 0 0 1 17.5 18M12 20v-8m-3 3 3-3 3 3"/>',
    "x": '<path d="m6 6 12 12M18 6 6 18"/>',
}


@cache
def icon(name: str) -> Markup:
    """The drawing as markup, hidden from screen readers; KeyError for a name that is none."""
    return Markup(f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{PATHS[name]}</svg>')  # noqa: S704 -- our own drawings
