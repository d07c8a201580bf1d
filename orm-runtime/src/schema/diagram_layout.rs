//! The layout of a diagram: boxes in layers from left to right, with referenced boxes on the left.
//! Every step is deterministic.

/// A box: its size, and finally its position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A line between two boxes, and the points that it passes through.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    /// From left to right, in the gaps reserved for it between the boxes of other layers.
    pub(super) through: Vec<(f64, f64)>,
}

/// The distance between layers, where the lines run.
const ACROSS: f64 = 90.0;
/// The distance between the boxes of a layer.
const BETWEEN: f64 = 28.0;
/// The height of the gap for a line that crosses a layer.
const GAP: f64 = 10.0;

/// Places boxes, whose lines run from `from`, on the right, to `to`. Returns the size of the
/// picture.
pub(super) fn place(areas: &mut [Area], lines: &mut [Line]) -> (f64, f64) {
    let lonely: Vec<usize> = (0..areas.len())
        .filter(|&at| {
            !lines.iter().any(|line| line.from != line.to && (line.from == at || line.to == at))
        })
        .collect();
    let mut grid = Grid::of(areas, lines, &lonely);
    for sweep in 0..8 {
        grid.sort(sweep % 2 == 0);
    }
    grid.stack();
    for sweep in 0..12 {
        grid.align(sweep % 2 == 0);
    }
    let (width, height) = grid.write(areas, lines);
    place_lonely(areas, &lonely, width, height)
}

/// Boxes and gaps in layers.
struct Grid {
    nodes: Vec<Node>,
    /// The nodes of each layer, from the top.
    layers: Vec<Vec<usize>>,
}

struct Node {
    /// The box, or the line that crosses the layer.
    what: What,
    y: f64,
    height: f64,
    left: Vec<usize>,
    right: Vec<usize>,
}

#[derive(Clone, Copy)]
enum What {
    Area(usize),
    Passing(usize),
}

impl Grid {
    fn of(areas: &[Area], lines: &[Line], lonely: &[usize]) -> Self {
        let depths = depths(areas.len(), lines);
        let count = depths.iter().max().map_or(0, |deepest| deepest + 1);
        let mut grid = Grid { nodes: Vec::new(), layers: vec![Vec::new(); count] };
        let mut node_of = vec![0; areas.len()];
        for (at, area) in areas.iter().enumerate() {
            if !lonely.contains(&at) {
                node_of[at] = grid.add(depths[at], What::Area(at), area.height);
            }
        }
        for (at, line) in lines.iter().enumerate() {
            let (from, to) = (depths[line.from], depths[line.to]);
            if from == to {
                continue;
            }
            let (left, right) = if from < to { (line.from, line.to) } else { (line.to, line.from) };
            let mut before = node_of[left];
            for depth in depths[left] + 1..depths[right] {
                let passing = grid.add(depth, What::Passing(at), GAP);
                grid.join(before, passing);
                before = passing;
            }
            grid.join(before, node_of[right]);
        }
        grid
    }

    fn add(&mut self, layer: usize, what: What, height: f64) -> usize {
        self.layers[layer].push(self.nodes.len());
        self.nodes.push(Node { what, y: 0.0, height, left: Vec::new(), right: Vec::new() });
        self.nodes.len() - 1
    }

    fn join(&mut self, left: usize, right: usize) {
        self.nodes[left].right.push(right);
        self.nodes[right].left.push(left);
    }

    /// Sorts each layer by the positions of the neighbours in the layer before, so that few lines
    /// cross.
    fn sort(&mut self, rightwards: bool) {
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        if !rightwards {
            order.reverse();
        }
        for layer in order {
            let place = self.places();
            let mut nodes = std::mem::take(&mut self.layers[layer]);
            let wish = |node: usize| {
                let node = &self.nodes[node];
                let near = if rightwards { &node.left } else { &node.right };
                mean(near.iter().map(|&other| place[other]))
            };
            let wishes: Vec<f64> = nodes.iter().map(|&at| wish(at).unwrap_or(place[at])).collect();
            let mut sorted: Vec<(f64, usize)> = wishes.into_iter().zip(nodes.drain(..)).collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.layers[layer] = sorted.into_iter().map(|(_, node)| node).collect();
        }
    }

    /// Returns the position of each node in its layer, between 0 and 1.
    fn places(&self) -> Vec<f64> {
        let mut places = vec![0.0; self.nodes.len()];
        for layer in &self.layers {
            for (at, &node) in layer.iter().enumerate() {
                places[node] = (at as f64 + 0.5) / layer.len() as f64;
            }
        }
        places
    }

    /// Stacks the nodes of each layer.
    fn stack(&mut self) {
        for layer in &self.layers {
            let mut y = 0.0;
            for &node in layer {
                self.nodes[node].y = y;
                y += self.nodes[node].height + BETWEEN;
            }
        }
    }

    /// Moves each node to the height of its neighbours, if its layer has room.
    fn align(&mut self, rightwards: bool) {
        for at in 0..self.layers.len() {
            let layer = if rightwards { at } else { self.layers.len() - 1 - at };
            let nodes = self.layers[layer].clone();
            let middle = |node: usize| self.nodes[node].y + self.nodes[node].height / 2.0;
            let wishes: Vec<f64> = nodes
                .iter()
                .map(|&at| {
                    let node = &self.nodes[at];
                    let near = if rightwards { &node.left } else { &node.right };
                    let wish = mean(near.iter().map(|&other| middle(other)));
                    wish.map_or(node.y, |wish| wish - node.height / 2.0)
                })
                .collect();
            let heights: Vec<f64> = nodes.iter().map(|&node| self.nodes[node].height).collect();
            for (&node, y) in nodes.iter().zip(settle(&wishes, &heights)) {
                self.nodes[node].y = y;
            }
        }
    }

    /// Writes the positions, with the topmost at 0. Returns the size.
    fn write(&self, areas: &mut [Area], lines: &mut [Line]) -> (f64, f64) {
        let top = self.nodes.iter().map(|node| node.y).fold(f64::INFINITY, f64::min);
        let (mut x, mut height) = (0.0, 0.0_f64);
        for layer in &self.layers {
            let boxes = layer.iter().filter_map(|&node| match self.nodes[node].what {
                What::Area(area) => Some(areas[area].width),
                What::Passing(_) => None,
            });
            let width = boxes.fold(0.0, f64::max);
            for &node in layer {
                let node = &self.nodes[node];
                let y = node.y - top;
                height = height.max(y + node.height);
                match node.what {
                    What::Area(area) => {
                        areas[area].x = x + (width - areas[area].width) / 2.0;
                        areas[area].y = y;
                    }
                    What::Passing(line) => {
                        let y = y + node.height / 2.0;
                        lines[line].through.extend([(x, y), (x + width, y)]);
                    }
                }
            }
            x += if width > 0.0 { width + ACROSS } else { 0.0 };
        }
        ((x - ACROSS).max(0.0), height)
    }
}

/// Returns the layer of each box: one more than the greatest layer that it references, in the order
/// in which cycles were broken.
fn depths(count: usize, lines: &[Line]) -> Vec<usize> {
    fn visit(
        at: usize,
        lines: &[Line],
        depths: &mut [Option<usize>],
        way: &mut Vec<usize>,
    ) -> usize {
        if let Some(depth) = depths[at] {
            return depth;
        }
        way.push(at);
        let mut depth = 0;
        for line in lines.iter().filter(|line| line.from == at) {
            if !way.contains(&line.to) {
                depth = depth.max(visit(line.to, lines, depths, way) + 1);
            }
        }
        way.pop();
        depths[at] = Some(depth);
        depth
    }
    let mut depths = vec![None; count];
    (0..count).map(|at| visit(at, lines, &mut depths, &mut Vec::new())).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// Places nodes as close to their desired heights as order and size permit. Nodes that would
/// overlap become a block at the mean of their desired heights.
fn settle(wishes: &[f64], heights: &[f64]) -> Vec<f64> {
    // Each block: the desired position of its first node, the number of its nodes, and its height.
    let mut blocks: Vec<(f64, f64, f64)> = Vec::new();
    for (wish, height) in wishes.iter().zip(heights) {
        let mut block = (*wish, 1.0, height + BETWEEN);
        while let Some(&(y, count, length)) = blocks.last() {
            if y + length <= block.0 {
                break;
            }
            // The desired position of the later nodes, relative to the first.
            let wish = (y * count + (block.0 - length) * block.1) / (count + block.1);
            block = (wish, count + block.1, length + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut places = Vec::with_capacity(wishes.len());
    let mut heights = heights.iter();
    for (mut y, count, _) in blocks {
        for height in heights.by_ref().take(count as usize) {
            places.push(y);
            y += height + BETWEEN;
        }
    }
    places
}

/// Places boxes without lines below the others, in rows. Returns the size of the picture.
fn place_lonely(areas: &mut [Area], lonely: &[usize], width: f64, height: f64) -> (f64, f64) {
    let total: f64 = lonely.iter().map(|&at| areas[at].width * areas[at].height).sum();
    let widest = lonely.iter().map(|&at| areas[at].width).fold(0.0, f64::max);
    let limit = width.max(widest).max(total.sqrt() * 2.0);
    let (mut x, mut y) = (0.0, if height > 0.0 { height + BETWEEN * 1.5 } else { 0.0 });
    let (mut row, mut right) = (0.0_f64, width);
    let mut bottom = height;
    for &at in lonely {
        let area = &mut areas[at];
        if x > 0.0 && x + area.width > limit {
            (x, y, row) = (0.0, y + row + BETWEEN, 0.0);
        }
        (area.x, area.y) = (x, y);
        row = row.max(area.height);
        right = right.max(x + area.width);
        bottom = bottom.max(y + area.height);
        x += area.width + BETWEEN;
    }
    (right, bottom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area() -> Area {
        Area { x: 0.0, y: 0.0, width: 100.0, height: 50.0 }
    }

    fn line(from: usize, to: usize) -> Line {
        Line { from, to, through: Vec::new() }
    }

    #[test]
    fn boxes_stand_right_of_those_they_lead_to_and_never_on_each_other() {
        let mut areas = vec![area(); 9];
        let mut lines: Vec<Line> =
            [(1, 0), (2, 0), (3, 1), (3, 0), (4, 2), (4, 3), (5, 0), (7, 8), (8, 7), (6, 6)]
                .map(|(from, to)| line(from, to))
                .to_vec();
        let (width, height) = place(&mut areas, &mut lines);
        assert!(areas[1].x > areas[0].x && areas[3].x > areas[1].x && areas[4].x > areas[3].x);
        assert_eq!(lines[3].through.len(), 2, "the line passes the layer between");
        for (n, a) in areas.iter().enumerate() {
            assert!(a.x >= 0.0 && a.y >= 0.0 && a.x + a.width <= width && a.y + a.height <= height);
            for b in &areas[..n] {
                let beside = a.x >= b.x + b.width || b.x >= a.x + a.width;
                assert!(beside || a.y >= b.y + b.height || b.y >= a.y + a.height, "{a:?} {b:?}");
            }
        }
    }
}
