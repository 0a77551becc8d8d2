//! What a network computes, operator by operator as the definitions read, in double precision.

use tflite::{Activation, LandmarkCrop, Model, Op, Operator, TensorId, Window};

/// The values of every tensor, given the inputs'.
pub(crate) fn run(model: &Model, inputs: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let widen = |values: &[f32]| values.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let mut values: Vec<Vec<f64>> = model
        .tensors()
        .iter()
        .map(|tensor| tensor.constant.as_deref().map_or_else(Vec::new, widen))
        .collect();
    for (&id, input) in model.input_ids().iter().zip(inputs) {
        values[id] = widen(input);
    }
    for operator in model.operators() {
        values[operator.output] = Step { model, operator, values: &values }.run();
    }
    values
}

struct Step<'a> {
    model: &'a Model,
    operator: &'a Operator,
    values: &'a [Vec<f64>],
}

impl Step<'_> {
    fn shape(&self, id: TensorId) -> &[usize] {
        &self.model.tensors()[id].info.shape
    }

    fn x(&self, operand: usize) -> &[f64] {
        &self.values[self.operator.inputs[operand]]
    }

    /// Height, width and channels of an operand.
    fn size(&self, operand: usize) -> [usize; 3] {
        let shape = self.shape(self.operator.inputs[operand]);
        [shape[1], shape[2], shape[3]]
    }

    fn output_shape(&self) -> &[usize] {
        self.shape(self.operator.output)
    }

    /// One value for each index of the output.
    fn build(&self, value: impl Fn(&[usize]) -> f64) -> Vec<f64> {
        let shape = self.output_shape();
        (0..shape.iter().product()).map(|at| value(&index_of(at, shape))).collect()
    }

    /// A value of an operand that is broadcast to the output.
    fn broadcast(&self, operand: usize, index: &[usize]) -> f64 {
        let shape = self.shape(self.operator.inputs[operand]);
        let index = &index[index.len() - shape.len()..];
        let at = shape.iter().zip(index).fold(0, |at, (&length, &i)| at * length + i.min(length - 1));
        self.x(operand)[at]
    }

    fn run(&self) -> Vec<f64> {
        match &self.operator.op {
            Op::Conv2d { window, activation } => self.build(|i| {
                let [_, _, depth] = self.size(0);
                let mut sum = self.bias(i[3]);
                for (tap, at) in self.taps(window, i) {
                    for c in 0..depth {
                        let taps = window.kernel[0] * window.kernel[1];
                        sum += self.x(0)[at * depth + c] * self.x(1)[(i[3] * taps + tap) * depth + c];
                    }
                }
                activate(*activation, sum)
            }),
            Op::DepthwiseConv2d { window, activation } => self.build(|i| {
                let [_, _, depth] = self.size(0);
                let products = self
                    .taps(window, i)
                    .map(|(tap, at)| self.x(0)[at * depth + i[3]] * self.x(1)[tap * depth + i[3]]);
                activate(*activation, self.bias(i[3]) + products.sum::<f64>())
            }),
            Op::FullyConnected { activation } => {
                let depth = self.shape(self.operator.inputs[1])[1];
                let rows = self.x(0).chunks_exact(depth);
                let row = |row: &[f64]| -> Vec<f64> {
                    let weights = self.x(1).chunks_exact(depth).enumerate();
                    weights.map(|(o, w)| activate(*activation, self.bias(o) + dot(row, w))).collect()
                };
                rows.flat_map(row).collect()
            }
            Op::Add { activation } => {
                self.build(|i| activate(*activation, self.broadcast(0, i) + self.broadcast(1, i)))
            }
            Op::Mul { activation } => {
                self.build(|i| activate(*activation, self.broadcast(0, i) * self.broadcast(1, i)))
            }
            Op::Prelu => self.build(|i| {
                let x = self.broadcast(0, i);
                if x < 0.0 { x * self.broadcast(1, i) } else { x }
            }),
            Op::Activate(activation) => self.x(0).iter().map(|&x| activate(*activation, x)).collect(),
            Op::Pad { before, .. } => self.build(|i| {
                let shape = self.shape(self.operator.inputs[0]);
                let inner: Vec<usize> = i.iter().zip(before).map(|(i, b)| i.wrapping_sub(*b)).collect();
                let inside = inner.iter().zip(shape).all(|(i, length)| i < length);
                if inside { self.x(0)[position(&inner, shape)] } else { 0.0 }
            }),
            Op::MaxPool2d { window, activation } => self.build(|i| {
                let seen = self.taps(window, i).map(|(_, at)| self.x(0)[at * self.size(0)[2] + i[3]]);
                activate(*activation, seen.fold(f64::from(f32::MIN), f64::max))
            }),
            Op::AveragePool2d { window, activation } => self.build(|i| {
                let seen: Vec<f64> =
                    self.taps(window, i).map(|(_, at)| self.x(0)[at * self.size(0)[2] + i[3]]).collect();
                activate(*activation, seen.iter().sum::<f64>() / seen.len().max(1) as f64)
            }),
            Op::SpatialMean => {
                let [height, width, depth] = self.size(0);
                let channel =
                    |c| self.x(0).iter().skip(c).step_by(depth).sum::<f64>() / (height * width) as f64;
                (0..depth).map(channel).collect()
            }
            Op::ResizeBilinear { align_corners, half_pixel_centers } => {
                self.resize(*align_corners, *half_pixel_centers)
            }
            Op::Concatenation { axis } => self.build(|i| {
                let mut index = i.to_vec();
                for (operand, &id) in self.operator.inputs.iter().enumerate() {
                    let shape = self.shape(id);
                    if index[*axis] < shape[*axis] {
                        return self.x(operand)[position(&index, shape)];
                    }
                    index[*axis] -= shape[*axis];
                }
                unreachable!("the parts fill the whole")
            }),
            Op::Reshape => self.x(0).to_vec(),
            Op::StridedSlice { begin, stride } => self.build(|i| {
                let from: Vec<usize> = i
                    .iter()
                    .zip(begin)
                    .zip(stride)
                    .map(|((&i, &b), &s)| (b as isize + i as isize * s) as usize)
                    .collect();
                self.x(0)[position(&from, self.shape(self.operator.inputs[0]))]
            }),
            Op::DepthToSpace { block } => self.build(|i| {
                let [_, width, depth] = self.size(0);
                let channel = ((i[1] % block) * block + i[2] % block) * self.output_shape()[3] + i[3];
                self.x(0)[(i[1] / block * width + i[2] / block) * depth + channel]
            }),
            Op::LandmarksToTransform(crop) => transform(crop, self.x(0)),
            Op::TransformTensorBilinear => self.transform_tensor(),
            Op::TransformLandmarks => self.build(|i| {
                let point = &self.x(0)[i[1] * self.output_shape()[2]..];
                let row = self.x(1).get(4 * i[2]..).unwrap_or_default();
                if i[2] == 2 { point[2] } else { row[0] * point[0] + row[1] * point[1] + row[3] }
            }),
            other => panic!("no definition of {other:?}"),
        }
    }

    fn bias(&self, channel: usize) -> f64 {
        self.operator.inputs.get(2).map_or(0.0, |&id| self.values[id][channel])
    }

    /// The taps that see a pixel of the image, and which.
    fn taps(&self, window: &Window, index: &[usize]) -> impl Iterator<Item = (usize, usize)> {
        let ([height, width, _], window, start) = (self.size(0), *window, [index[1], index[2]]);
        (0..window.kernel[0] * window.kernel[1]).filter_map(move |tap| {
            let along = |axis: usize, k: usize| {
                (start[axis] * window.stride[axis] + k * window.dilation[axis])
                    .checked_sub(window.pad_before[axis])
            };
            let (y, x) = (along(0, tap / window.kernel[1])?, along(1, tap % window.kernel[1])?);
            (y < height && x < width).then_some((tap, y * width + x))
        })
    }

    /// Bilinear sample of the first operand; `None` outside its pixel centres.
    fn sample(&self, y: f64, x: f64, channel: usize) -> Option<f64> {
        let [height, width, depth] = self.size(0);
        let inside = (0.0..=(height - 1) as f64).contains(&y) && (0.0..=(width - 1) as f64).contains(&x);
        let at = |y: f64, x: f64| {
            let (y, x) = ((y as usize).min(height - 1), (x as usize).min(width - 1));
            self.x(0)[(y * width + x) * depth + channel]
        };
        let (down, across) = (y.fract(), x.fract());
        let upper = at(y, x) * (1.0 - across) + at(y, x + 1.0) * across;
        let lower = at(y + 1.0, x) * (1.0 - across) + at(y + 1.0, x + 1.0) * across;
        inside.then_some(upper * (1.0 - down) + lower * down)
    }

    fn resize(&self, align_corners: bool, half_pixel_centers: bool) -> Vec<f64> {
        let [height, width, _] = self.size(0);
        let along = |at: usize, from: usize, to: usize| {
            let scale = if align_corners && to > 1 {
                (from - 1) as f64 / (to - 1) as f64
            } else {
                from as f64 / to as f64
            };
            let at = if half_pixel_centers { (at as f64 + 0.5) * scale - 0.5 } else { at as f64 * scale };
            at.clamp(0.0, (from - 1) as f64)
        };
        let [_, new_height, new_width, _] = *self.output_shape() else { panic!("an image") };
        self.build(|i| {
            self.sample(along(i[1], height, new_height), along(i[2], width, new_width), i[3])
                .expect("clamped")
        })
    }

    fn transform_tensor(&self) -> Vec<f64> {
        let m = self.x(1);
        self.build(|i| {
            let (x, y) = (i[2] as f64 + 0.5, i[1] as f64 + 0.5);
            let along = |row: usize| m[row] * x + m[row + 1] * y + m[row + 3] - 0.5;
            self.sample(along(4), along(0), i[3]).unwrap_or(0.0)
        })
    }
}

/// The crop's frame, laid over the landmarks: origin and axes of a pixel, turned and scaled.
fn transform(crop: &LandmarkCrop, landmarks: &[f64]) -> Vec<f64> {
    let point = |i: usize| (landmarks[3 * i], landmarks[3 * i + 1]);
    let ((left_x, left_y), (right_x, right_y)) = (point(crop.left), point(crop.right));
    let angle = (right_y - left_y).atan2(right_x - left_x) - f64::from(crop.target_rotation_rad);
    let along = |(x, y): (f64, f64)| (x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin());
    let points: Vec<(f64, f64)> = crop.subset.iter().map(|&i| along(point(i))).collect();
    let bounds = |get: fn(&(f64, f64)) -> f64| {
        let (low, high) = points.iter().map(get).fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(x), h.max(x)));
        ((low + high) / 2.0, high - low)
    };
    let ((center_u, extent_u), (center_v, extent_v)) = (bounds(|p| p.0), bounds(|p| p.1));
    let [width, height] = crop.output_size.map(f64::from);
    let map = |x: f64, y: f64| {
        let u = center_u + (x - width / 2.0) * extent_u * f64::from(crop.scale[0]) / width;
        let v = center_v + (y - height / 2.0) * extent_v * f64::from(crop.scale[1]) / height;
        (u * angle.cos() - v * angle.sin(), u * angle.sin() + v * angle.cos())
    };
    let (origin, right, down) = (map(0.0, 0.0), map(1.0, 0.0), map(0.0, 1.0));
    vec![
        right.0 - origin.0,
        down.0 - origin.0,
        0.0,
        origin.0,
        right.1 - origin.1,
        down.1 - origin.1,
        0.0,
        origin.1,
        0.0,
        0.0,
        1.0,
        0.0,
        0.0,
        0.0,
        0.0,
        1.0,
    ]
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::None => x,
        Activation::Relu => x.max(0.0),
        Activation::ReluN1To1 => x.clamp(-1.0, 1.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Logistic => 1.0 / (1.0 + (-x).exp()),
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        other => panic!("no definition of {other:?}"),
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn index_of(mut at: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&length| {
            let i = at % length;
            at /= length;
            i
        })
        .collect();
    index.reverse();
    index
}

fn position(index: &[usize], shape: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |at, (i, length)| at * length + i)
}
