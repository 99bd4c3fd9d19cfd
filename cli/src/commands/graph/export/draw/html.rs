//! How does somebody look around in a picture? In a page that loads nothing.

use std::io::{Result, Write};

use super::{Picture, svg};
use crate::commands::graph::export::xml::escaped;

/// Nothing comes from elsewhere, whatever a name may hold.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

const STYLE: &str = "\
html,body{margin:0;height:100%;background:#fff}\
svg{width:100vw;height:100vh;display:block;cursor:grab}\
.entity{cursor:pointer}.entity,.between{transition:opacity .12s}\
.quiet .entity,.quiet .between{opacity:.1}.quiet .near{opacity:1}\
.between.near .line{stroke:#1d2430}";

/// Moving the wheel or dragging changes what part is seen; pointing at an entity leaves those that it is linked with.
const SCRIPT: &str = include_str!("look.js");

/// Writes the page.
pub fn write(picture: &Picture, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width\">")?;
    writeln!(out, "<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>", escaped(&picture.title))?;
    svg::element(picture, out)?;
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
}
