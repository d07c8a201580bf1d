//! The mapping as a picture: a box for each table, a line of text for each column, and a line for
//! each reference.

use super::diagram_layout::{Area, Line, place};
use super::mermaid::{marks, may_be_missing, short_type};
use super::table_order::leads_to;
use crate::backend::Dialect;
use crate::ddl::table::{Column, Table};

/// The height of a line of text.
const ROW: f64 = 20.0;
/// The height of the title.
const TITLE: f64 = 28.0;
/// The width of a character of the columns, in a monospaced font.
const CHARACTER: f64 = 7.3;
/// The space around the text in a box.
const PADDING: f64 = 10.0;
/// The space around the whole picture.
const MARGIN: f64 = 24.0;

const STYLE: &str = "\
text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#24292f}\
.box{fill:#fff;stroke:#57606a;stroke-width:1.2}\
.title{fill:#0b4a7d}\
.name{font-weight:bold;font-size:13px;fill:#fff}\
.table{font-size:11px;fill:#c9dcec}\
.mark{font-size:10px;fill:#9a5b00}\
.type{fill:#6e7781}\
.key{font-weight:bold}\
.rule{stroke:#eaeef2}\
.line{fill:none;stroke:#57606a;stroke-width:1.3}\
.open{stroke-dasharray:5 4}\
.head{fill:#57606a}\
.base{fill:#fff;stroke:#57606a}";

/// The head of a line from a subtype to its base, as in UML.
const BASE: &str = "<marker id=\"base\" viewBox=\"0 0 12 12\" refX=\"11\" refY=\"6\" \
                    markerWidth=\"11\" markerHeight=\"11\" orient=\"auto\">\
                    <path class=\"base\" d=\"M1 1L11 6L1 11z\"/></marker>";

/// Returns the picture as a standalone file.
pub(super) fn svg(dialect: Dialect, tables: &[Table]) -> String {
    let boxes: Vec<Shape<'_>> = tables.iter().map(Shape::of).collect();
    let mut areas: Vec<Area> = boxes.iter().map(Shape::area).collect();
    let references: Vec<(usize, usize, usize)> = tables
        .iter()
        .enumerate()
        .flat_map(|(from, table)| {
            let references = table.foreign_keys.iter().enumerate();
            references.filter_map(move |(place, reference)| {
                let to = tables.iter().position(|to| leads_to(dialect, reference, to))?;
                Some((from, place, to))
            })
        })
        .collect();
    let line = |&(from, _, to): &(usize, usize, usize)| Line { from, to, through: Vec::new() };
    let mut lines: Vec<Line> = references.iter().map(line).collect();
    let (width, height) = place(&mut areas, &mut lines);
    // A line back to its own box runs to the right of it.
    let loops = if lines.iter().any(|line| line.from == line.to) { LOOP } else { 0.0 };
    let has_kinds = tables.iter().flat_map(|table| &table.foreign_keys).any(|it| it.of_kind);
    let base = if has_kinds { BASE } else { "" };
    let (width, height) = (width + loops + 2.0 * MARGIN, height + 2.0 * MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\">\n<style>{STYLE}</style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path class=\"head\" d=\"M0 1L10 5L0 9z\"/></marker>\
         {base}</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#f6f8fa\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\">\n"
    );
    for ((from, place, to), line) in references.iter().zip(&lines) {
        text += &reference(&boxes, &areas, *from, *place, *to, line);
    }
    for (shape, area) in boxes.iter().zip(&areas) {
        text += &shape.draw(area);
    }
    text + "</g>\n</svg>\n"
}

/// A table with the text of its box.
struct Shape<'a> {
    table: &'a Table,
    rows: Vec<(&'a Column, String, String)>,
    /// The greatest number of characters of the marks and the names.
    marks: usize,
    names: usize,
    types: usize,
}

impl<'a> Shape<'a> {
    fn of(table: &'a Table) -> Self {
        let rows: Vec<(&Column, String, String)> = table
            .columns
            .iter()
            .map(|column| {
                let open = if column.nullable { "?" } else { "" };
                (column, marks(table, column).replace(',', " "), short_type(column) + open)
            })
            .collect();
        let most = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default();
        Shape {
            table,
            marks: most(&mut rows.iter().map(|row| row.1.len())),
            names: most(&mut rows.iter().map(|row| cells(&row.0.name))),
            types: most(&mut rows.iter().map(|row| cells(&row.2))),
            rows,
        }
    }

    fn area(&self) -> Area {
        let characters = self.marks + self.names + self.types + 3;
        let title = cells(self.table.entity) + cells(&self.table.label()) + 3;
        let width = characters.max(title) as f64 * CHARACTER + 2.0 * PADDING;
        let height = TITLE + self.rows.len() as f64 * ROW + 6.0;
        Area { x: 0.0, y: 0.0, width, height }
    }

    /// Returns the height of the middle of a column's row.
    fn row_of(&self, area: &Area, column: &str) -> f64 {
        let row = self.rows.iter().position(|row| row.0.name == column).unwrap_or_default();
        area.y + TITLE + 3.0 + (row as f64 + 0.5) * ROW
    }

    fn draw(&self, area: &Area) -> String {
        let Area { x, y, width, height } = *area;
        let (left, right) = (x + PADDING, x + width - PADDING);
        let comment = self.table.comment.as_deref().map_or(String::new(), hover);
        let mut text = format!(
            "<g>{comment}<rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\" rx=\"5\"/>\n<path class=\"title\" d=\"M{x:.1} {:.1}v-{:.1}a5 5 0 0 \
             1 5 -5h{:.1}a5 5 0 0 1 5 5v{:.1}z\"/>\n\
             <text class=\"name\" x=\"{left:.1}\" y=\"{:.1}\">{}</text>\
             <text class=\"table\" x=\"{right:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
            y + TITLE,
            TITLE - 5.0,
            width - 10.0,
            TITLE - 5.0,
            y + 18.5,
            escaped(self.table.entity),
            y + 18.5,
            escaped(&self.table.label()),
        );
        let name =
            left + if self.marks > 0 { (self.marks + 1) as f64 * CHARACTER * 0.9 } else { 0.0 };
        for (n, (column, marks, ty)) in self.rows.iter().enumerate() {
            let top = y + TITLE + 3.0 + n as f64 * ROW;
            let base = top + 14.5;
            if n > 0 {
                text += &format!(
                    "<path class=\"rule\" d=\"M{:.1} {top:.1}h{:.1}\"/>",
                    x + 1.0,
                    width - 2.0
                );
            }
            let key = if self.table.key.contains(&column.name) { " class=\"key\"" } else { "" };
            let comment = column.comment.as_deref().map_or(String::new(), hover);
            text += &format!(
                "<text class=\"mark\" x=\"{left:.1}\" y=\"{base:.1}\">{marks}</text>\
                 <text{key} x=\"{name:.1}\" y=\"{base:.1}\">{}{comment}</text>\
                 <text class=\"type\" x=\"{right:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\n",
                escaped(&column.name),
                escaped(ty),
            );
        }
        text + "</g>\n"
    }
}

/// How far a line back to its own box extends to the right.
const LOOP: f64 = 36.0;

/// Draws the line of a reference, from its first column to the target's.
fn reference(
    boxes: &[Shape<'_>],
    areas: &[Area],
    from: usize,
    place: usize,
    to: usize,
    line: &Line,
) -> String {
    let reference = &boxes[from].table.foreign_keys[place];
    let first = |columns: &[String]| columns.first().cloned().unwrap_or_default();
    let start = boxes[from].row_of(&areas[from], &first(&reference.columns));
    let end = boxes[to].row_of(&areas[to], &first(&reference.target));
    let (source, target) = (&areas[from], &areas[to]);
    let path = if from == to {
        let side = source.x + source.width;
        let out = side + LOOP;
        format!("M{side:.1} {start:.1}C{out:.1} {start:.1} {out:.1} {end:.1} {side:.1} {end:.1}")
    } else if source.x > target.x {
        let way = line.through.iter().rev().copied();
        curve((source.x, start), way, (target.x + target.width, end))
    } else {
        let way = line.through.iter().copied();
        curve((source.x + source.width, start), way, (target.x, end))
    };
    let open = if may_be_missing(boxes[from].table, reference) { " open" } else { "" };
    let title = format!(
        "{} ({}) → {}",
        boxes[from].table.label(),
        reference.columns.join(", "),
        reference.target_label()
    );
    let head = if reference.of_kind { "base" } else { "head" };
    format!(
        "<path class=\"line{open}\" marker-end=\"url(#{head})\" d=\"{path}\">{}</path>\n",
        hover(&title)
    )
}

/// Draws a line through points, horizontal at each of them.
fn curve(start: (f64, f64), through: impl Iterator<Item = (f64, f64)>, end: (f64, f64)) -> String {
    let mut path = format!("M{:.1} {:.1}", start.0, start.1);
    let mut last = start;
    for point in through.chain([end]) {
        let middle = (last.0 + point.0) / 2.0;
        path += &format!(
            "C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}",
            last.1, point.1, point.0, point.1
        );
        last = point;
    }
    path
}

/// Returns the tooltip.
fn hover(text: &str) -> String {
    format!("<title>{}</title>", escaped(text))
}

/// Estimates the width of a string in characters: East Asian characters count twice.
fn cells(text: &str) -> usize {
    text.chars().map(|c| if ('\u{1100}'..='\u{ffef}').contains(&c) { 2 } else { 1 }).sum()
}

/// Escapes a string, and removes the characters that XML does not permit.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}
