//! Does another program read from a graph's export what the store holds, whatever names hold? And is a picture one?

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use std::collections::BTreeSet;

use program::{Desk, household};
use roxmltree::{Document, Node};
use serde_json::{Value, json};

const ODD: [&str; 8] = [
    "plain",
    "\"quoted\" \\back\\ & <b>'bold'</b> ]]>",
    "comma, semicolon; new\nline\r\nand\ttab",
    "👩‍👩‍👧 family",
    "עברית مرحبا",
    "=1+2",
    "</title></svg><script>alert(1)</script>",
    "\u{1}\u{1b}[31mred\u{202e}",
];
/// Which of them XML has no way to write as it is.
const NO_XML: usize = 7;

/// (from, label, to, weight, from when, until when), ends by place.
type Told = (usize, String, usize, f64, Option<String>, Option<String>);

fn relations() -> Vec<Told> {
    let mut relations: Vec<Told> = (0..ODD.len() - 1)
        .map(|place| {
            let weight = [1.0, 0.0, -1.5, 1e100][place % 4];
            (place, ODD[ODD.len() - 1 - place].to_owned(), (place + 1) % 7, weight, None, None)
        })
        .collect();
    relations.push((0, "itself".to_owned(), 0, 2.0, None, None));
    relations.push((0, "beside".to_owned(), 1, 0.25, Some("1660-01-01T00:00:00Z".to_owned()), None));
    let (from, to) = (Some("1999-06-12T00:00:00Z".to_owned()), Some("2001-06-12T00:00:00Z".to_owned()));
    relations.push((0, "beside".to_owned(), 1, 4.0, from, to));
    relations
}

/// A store of all that, in which the last entity has no relation.
fn odd() -> Desk {
    let desk = Desk::new();
    let mut lines = String::new();
    for (place, name) in ODD.iter().enumerate() {
        let aliases = if place == 1 { vec!["Al \"ias\" <1>"] } else { vec![] };
        let label = (place != 3).then_some(if place == 2 { ODD[1] } else { "sort" });
        let entity = json!({"type": "entity", "name": name, "label": label, "aliases": aliases});
        lines += &format!("{entity}\n");
    }
    for (from, label, to, weight, valid_from, valid_to) in relations() {
        let relation = json!({
            "type": "relation", "from": ODD[from], "label": label, "to": ODD[to], "weight": weight,
            "valid_from": valid_from, "valid_to": valid_to,
        });
        lines += &format!("{relation}\n");
    }
    desk.write("odd.jsonl", lines);
    let report = desk.json(&["import", "mindkeep", "odd.jsonl"]);
    assert_eq!((report["rejected_count"].as_u64(), report["relations"].as_u64()), (Some(0), Some(10)));
    desk
}

fn export(desk: &Desk, arguments: &[&str]) -> String {
    let ran = desk.run(&[&["graph", "export"], arguments].concat());
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
    ran.stdout
}

fn sorted(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    told
}

#[test]
fn json_comes_back_as_it_was() {
    let read: Value = serde_json::from_str(&export(&odd(), &["--as", "json", "-"])).unwrap();
    assert_eq!((&read["directed"], &read["multigraph"]), (&json!(true), &json!(true)));
    let names: Vec<&str> =
        read["nodes"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap()).collect();
    assert_eq!(names, ODD);
    assert_eq!(read["nodes"][1]["aliases"], json!(["Al \"ias\" <1>"]));
    assert_eq!((&read["nodes"][2]["type"], &read["nodes"][3]["type"]), (&json!(ODD[1]), &Value::Null));
    let edges = read["edges"].as_array().unwrap();
    let place = |value: &Value| value.as_u64().unwrap() as usize;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let told = edges.iter().map(|edge| {
        let (label, weight) = (text(&edge["label"]).unwrap(), edge["weight"].as_f64().unwrap());
        let (from, to) = (place(&edge["source"]), place(&edge["target"]));
        (from, label, to, weight, text(&edge["valid_from"]), text(&edge["valid_to"]))
    });
    assert_eq!(sorted(told.collect()), sorted(relations()));
}

/// What stands under a key in a node or an edge of GraphML.
fn under<'d>(node: Node<'d, '_>, key: &str) -> Option<&'d str> {
    node.children().find(|child| child.attribute("key") == Some(key)).map(|data| data.text().unwrap_or(""))
}

fn in_xml(text: &str) -> String {
    text.replace(['\u{1}', '\u{1b}'], "\u{fffd}")
}

#[test]
fn graphml_comes_back_as_it_was() {
    let written = export(&odd(), &["--as", "graphml", "-"]);
    let read = Document::parse(&written).unwrap();
    let all = |tag: &'static str| {
        read.descendants()
            .filter(move |node| node.has_tag_name(("http://graphml.graphdrawing.org/xmlns", tag)))
    };
    let names: Vec<&str> = all("node").map(|node| under(node, "name").unwrap()).collect();
    assert_eq!(names[..NO_XML], ODD[..NO_XML]);
    assert_eq!(names[NO_XML], in_xml(ODD[NO_XML]));
    let ids: Vec<&str> = all("node").map(|node| node.attribute("id").unwrap()).collect();
    let place = |id: &str| ids.iter().position(|known| *known == id).unwrap();
    let told = all("edge").map(|edge| {
        let time = |key| under(edge, key).map(str::to_owned);
        (
            place(edge.attribute("source").unwrap()),
            under(edge, "label").unwrap().to_owned(),
            place(edge.attribute("target").unwrap()),
            under(edge, "weight").unwrap().parse().unwrap(),
            time("valid_from"),
            time("valid_to"),
        )
    });
    let mut wanted = relations();
    wanted.iter_mut().for_each(|told| told.1 = in_xml(&told.1));
    assert_eq!(sorted(told.collect()), sorted(wanted));
    let aliases = all("node").find_map(|node| under(node, "aliases")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(aliases).unwrap(), json!(["Al \"ias\" <1>"]));
    // Every key that is used is declared.
    let declared: BTreeSet<_> = all("key").filter_map(|key| key.attribute("id")).collect();
    assert!(all("data").all(|data| declared.contains(data.attribute("key").unwrap())));
}

#[test]
fn a_table_comes_back_as_it_was() {
    let written = export(&odd(), &["--as", "csv", "-"]);
    let mut read = csv::Reader::from_reader(written.as_bytes());
    let rows: Vec<csv::StringRecord> = read.records().map(Result::unwrap).collect();
    let place = |name: &str| ODD.iter().position(|known| *known == name).unwrap();
    let time = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (alone, linked): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row[2].is_empty() && row[3].is_empty());
    let told = linked.iter().map(|row| {
        (
            place(&row[0]),
            row[2].to_owned(),
            place(&row[3]),
            row[5].parse().unwrap(),
            time(&row[6]),
            time(&row[7]),
        )
    });
    assert_eq!(sorted(told.collect()), sorted(relations()));
    assert_eq!(alone.iter().map(|row| &row[0]).collect::<Vec<_>>(), [ODD[7]]);
    assert_eq!(rows.iter().find(|row| &row[0] == ODD[2]).unwrap()[1], *ODD[1]);
}

/// Said so, no name is a formula to a spreadsheet; numbers stay numbers, and `'` aside nothing else changes.
#[test]
fn a_table_for_a_spreadsheet_has_no_formulas() {
    let desk = odd();
    let formulas = ["=1+2", "+1", "-1", "@SUM(1)", "\ttab", "\rreturn", "\nline", "＝1"];
    for name in formulas {
        let told =
            ["graph", "relate", "--shared", "--create-ends", "--weight", "-3", "--", name, name, "plain"];
        assert_eq!(desk.run(&told).code, 0, "{name:?}");
    }
    let rows = |arguments: &[&str]| -> Vec<csv::StringRecord> {
        let written = export(&desk, &[&["--as", "csv"], arguments, &["-"]].concat());
        csv::Reader::from_reader(written.as_bytes()).into_records().map(Result::unwrap).collect()
    };
    let (plain, quoted) = (rows(&[]), rows(&["--no-formulas"]));
    assert_eq!(plain.len(), quoted.len());
    let begins = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']);
    let mut changed = 0;
    for (place, plain, quoted) in plain.iter().zip(&quoted).flat_map(|(plain, quoted)| {
        plain.iter().zip(quoted).enumerate().map(|(place, (plain, quoted))| (place, plain, quoted))
    }) {
        if place != 5 && begins(plain) {
            changed += 1;
            assert_eq!(quoted, format!("'{plain}"));
        } else {
            assert_eq!(quoted, plain);
        }
    }
    assert!(changed >= 2 * formulas.len(), "{changed}");
    let refused = desk.run(&["graph", "export", "--no-formulas", "--as", "json", "-"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
}

/// Reads a string of DOT that begins after its quotation mark; returns it and the rest.
fn dot_string(text: &str) -> (String, &str) {
    let (mut read, mut characters) = (String::new(), text.char_indices());
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return (read, &text[place + 1..]),
            '\\' => match characters.next().unwrap().1 {
                'n' => read.push('\n'),
                other => read.push(other),
            },
            character => read.push(character),
        }
    }
    panic!("no end: {text}");
}

#[test]
fn dot_says_every_entity_and_relation() {
    let written = export(&odd(), &["--as", "dot", "-"]);
    assert!(written.starts_with("digraph mindkeep {\n") && written.ends_with("}\n"));
    let (mut names, mut ties) = (Vec::new(), Vec::new());
    for statement in written.lines().filter(|line| line.starts_with("  n")) {
        let (head, rest) = statement.trim().split_once(" [label=\"").unwrap();
        let (label, rest) = dot_string(rest);
        assert!(rest.ends_with("];"), "{statement}");
        match head.split_once(" -> ") {
            Some((from, to)) => ties.push((from.to_owned(), label, to.to_owned())),
            None => names.push(label),
        }
    }
    let one_line = |text: &str| text.replace('\r', "");
    assert_eq!(names, ODD.map(one_line));
    let wanted: BTreeSet<_> = relations()
        .iter()
        .map(|told| (format!("n{}", told.0), one_line(&told.1), format!("n{}", told.2)))
        .collect();
    assert_eq!(ties.len(), relations().len());
    assert_eq!(ties.into_iter().collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn a_picture_holds_no_more_than_it_shows() {
    let desk = odd();
    for (format, arguments) in
        [("svg", &["--around", "plain", "--depth", "9"][..]), ("svg", &[]), ("html", &[])]
    {
        let written = export(&desk, &[&["--as", format], arguments, &["-"]].concat());
        let svg = &written[written.find("<svg").unwrap()..written.find("</svg>").unwrap() + 6];
        let read = Document::parse(svg).unwrap();
        let class = |wanted: &'static str| {
            read.descendants().filter(move |node| {
                node.attribute("class").is_some_and(|classes| classes.split(' ').any(|class| class == wanted))
            })
        };
        let names: BTreeSet<_> = class("entity")
            .map(|entity| {
                entity.first_element_child().unwrap().text().unwrap().lines().next().unwrap().to_owned()
            })
            .collect();
        assert!(names.contains("plain") && names.contains(ODD[3]), "{names:?}");
        assert_eq!(names.len(), if arguments.is_empty() { 8 } else { 7 });
        // Parallel relations are one line; that to itself is one, too.
        assert_eq!(class("between").count(), 8);
        // Nothing that a name holds runs, and nothing is loaded.
        assert!(!read.descendants().any(|node| node.tag_name().name() == "script"));
        assert_eq!(written.matches("<script").count(), usize::from(format == "html"));
        assert!(!written.contains("\u{1b}") && !written.contains('\u{202e}'));
        let elsewhere = written.replace("http://www.w3.org/2000/svg", "");
        assert!(!["http:", "https:", "src=", "url(", "@import"].iter().any(|word| elsewhere.contains(word)));
        assert_eq!(format == "html", written.contains("default-src 'none'"));
        assert!(!written.contains("NaN") && !written.contains("inf"));
    }
    let drawn = || export(&desk, &["--as", "svg", "-"]);
    assert_eq!(drawn(), drawn());
}

#[test]
fn a_picture_of_many_says_what_it_leaves_out() {
    let desk = Desk::new();
    desk.json(&["import", "mindkeep", household().to_str().unwrap()]);
    let around = ["graph", "export", "--around", "Tilda Sen-Halloran", "--depth", "2"];
    let whole = desk.json(&[&around[..], &["all.json"]].concat());
    let told = desk.json(&[&around[..], &["--limit", "9", "part.svg"]].concat());
    assert_eq!(told["entities"], 10);
    let all = whole["entities"].as_u64().unwrap();
    assert_eq!(told["left_out"].as_u64().unwrap(), all - 10);
    let picture = String::from_utf8(desk.read("part.svg")).unwrap();
    assert!(picture.contains(&format!("{} more are left out", all - 10)), "{picture}");
    assert_eq!(picture.matches("class=\"entity root\"").count(), 1);
    let read = Document::parse(&picture).unwrap();
    // Nobody lies outside of it, nor on somebody else.
    let (wide, high) = {
        let root = read.root_element();
        let side = |name| root.attribute(name).unwrap().parse::<f64>().unwrap();
        (side("width"), side("height"))
    };
    let circles: Vec<[f64; 3]> = read
        .descendants()
        .filter(|node| node.attribute("class") == Some("circle"))
        .map(|node| ["cx", "cy", "r"].map(|name| node.attribute(name).unwrap().parse().unwrap()))
        .collect();
    assert_eq!(circles.len(), 10);
    for (place, [x, y, r]) in circles.iter().enumerate() {
        assert!((*r..wide - r).contains(x) && (*r..high - r).contains(y));
        for [other_x, other_y, other_r] in &circles[..place] {
            assert!((x - other_x).hypot(y - other_y) >= r + other_r);
        }
    }
    // All may be seen from one, so all lines hold together.
    assert_eq!(desk.json(&[&around[..], &["--limit", "300", "all.svg"]].concat())["left_out"], 0);
}

#[test]
fn a_graph_in_which_nobody_is_is_written_too() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["remember", "Bins go out on Tuesday."]).code, 0);
    let read: Value = serde_json::from_str(&export(&desk, &["--as", "json", "-"])).unwrap();
    assert_eq!((&read["nodes"], &read["edges"]), (&json!([]), &json!([])));
    assert!(Document::parse(&export(&desk, &["--as", "graphml", "-"])).is_ok());
    assert_eq!(export(&desk, &["--as", "csv", "-"]).lines().count(), 1);
    assert_eq!(export(&desk, &["--as", "dot", "-"]), "digraph mindkeep {\n}\n");
    assert!(Document::parse(&export(&desk, &["--as", "svg", "-"])).is_ok());
    assert!(export(&desk, &["--as", "html", "-"]).ends_with("</html>\n"));
}

#[test]
fn a_part_is_what_was_asked_for() {
    let desk = odd();
    let read = |arguments: &[&str]| -> (usize, usize) {
        let read: Value =
            serde_json::from_str(&export(&desk, &[&["--as", "json"], arguments, &["-"]].concat())).unwrap();
        (read["nodes"].as_array().unwrap().len(), read["edges"].as_array().unwrap().len())
    };
    assert_eq!(read(&["--label", "beside"]), (8, 2));
    assert_eq!(read(&["--label", "beside", "--at", "2000-01-01"]), (8, 2));
    assert_eq!(read(&["--label", "beside", "--at", "2002-01-01"]), (8, 1));
    assert_eq!(read(&["--min-weight", "2"]).1, 3);
    assert_eq!(read(&["--around", "plain", "--depth", "0"]), (1, 1));
    assert_eq!(read(&["--around", "plain", "--around", "=1+2", "--depth", "0"]), (2, 1));
    assert_eq!(read(&["--around", "plain", "--limit", "1"]).0, 2);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let desk = odd();
    for (arguments, code) in [
        (&["graph.txt"][..], 2),
        (&["-"], 2),
        (&["--limit", "3", "graph.dot"], 2),
        (&["--limit", "0", "graph.svg"], 2),
        (&["--limit", "301", "graph.svg"], 2),
        (&["--around", "nobody", "graph.json"], 3),
        (&["--around", "nobody", "graph.svg"], 3),
        (&["--around", "plain", "--depth", "65", "graph.svg"], 2),
        (&["--as", "dot", "memories.db", "--force"], 2),
        (&["nowhere/graph.dot"], 3),
        (&["odd.jsonl", "--as", "dot"], 1),
    ] {
        desk.run(&[&["graph", "export"], arguments].concat()).refused(code);
    }
    desk.run(&["graph", "export", "--depth", "2", "graph.svg"]).refused(2);
    // Nothing is left of what was refused.
    let left: BTreeSet<String> = std::fs::read_dir(desk.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("memories.db"))
        .collect();
    assert_eq!(left, BTreeSet::from(["odd.jsonl".to_owned()]));
    let ran = desk.run(&["--format", "json", "graph", "export", "--as", "dot", "-"]);
    assert_eq!(ran.code, 2);
}
