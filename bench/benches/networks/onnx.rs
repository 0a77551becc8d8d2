//! A network of `tflite` as ONNX (operator set 13): channels first, otherwise operator by operator.
//!
//! Outputs are turned back, so that they compare value by value.

use anyhow::{Context, Result, bail, ensure};
use prost::Message;
use tflite::{Activation, Model, Op, Operator, TensorId, Window};
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, type_proto,
};

/// An encoded network of one image.
pub(crate) struct Onnx {
    pub(crate) bytes: Vec<u8>,
    /// Batch, channels, height, width.
    pub(crate) input_shape: [usize; 4],
}

impl Onnx {
    /// An image of channels last as one of channels first.
    pub(crate) fn planar(&self, image: &[f32]) -> Vec<f32> {
        let [_, channels, height, width] = self.input_shape;
        let plane = height * width;
        (0..image.len()).map(|i| image[i % plane * channels + i / plane]).collect()
    }
}

/// Converts what `outputs` need (none named: all).
pub(crate) fn convert(model: &Model, outputs: &[&str]) -> Result<Onnx> {
    let wanted: Vec<TensorId> = if outputs.is_empty() {
        model.output_ids().to_vec()
    } else {
        let named = |name: &&str| {
            model.output_ids().iter().copied().find(|&id| model.tensors()[id].info.name == *name)
        };
        outputs
            .iter()
            .map(|name| named(name).with_context(|| format!("no output {name}")))
            .collect::<Result<_>>()?
    };
    let mut needed = vec![false; model.tensors().len()];
    wanted.iter().for_each(|&id| needed[id] = true);
    for operator in model.operators().iter().rev().filter(|operator| operator.inputs.len() < 1000) {
        if needed[operator.output] {
            operator.inputs.iter().for_each(|&id| needed[id] = true);
        }
    }
    let &[input] = model.input_ids() else { bail!("one input is expected") };
    let &[n, height, width, channels] = model.tensors()[input].info.shape.as_slice() else {
        bail!("not an image")
    };
    let mut writer = Writer { model, graph: GraphProto { name: "network".into(), ..Default::default() } };
    writer.graph.input.push(value_info(&tensor_name(input), &[n, channels, height, width]));
    for operator in model.operators().iter().filter(|operator| needed[operator.output]) {
        writer.operator(operator)?;
    }
    for id in wanted {
        let name = format!("out{id}");
        writer.channels_last(id, &name);
        writer.graph.output.push(value_info(&name, &model.tensors()[id].info.shape));
    }
    let proto = ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 13 }],
        graph: Some(writer.graph),
        ..Default::default()
    };
    Ok(Onnx { bytes: proto.encode_to_vec(), input_shape: [n, channels, height, width] })
}

struct Writer<'m> {
    model: &'m Model,
    graph: GraphProto,
}

impl Writer<'_> {
    fn shape(&self, id: TensorId) -> &[usize] {
        &self.model.tensors()[id].info.shape
    }

    fn operator(&mut self, operator: &Operator) -> Result<()> {
        let (x, y) = (operator.inputs[0], operator.output);
        let name = tensor_name(y);
        match &operator.op {
            Op::Conv2d { window, activation } => self.conv(operator, window, *activation, false)?,
            Op::DepthwiseConv2d { window, activation } => self.conv(operator, window, *activation, true)?,
            Op::FullyConnected { activation } => {
                let mut inputs = vec![tensor_name(x), self.constant(operator.inputs[1], None)?];
                for &bias in operator.inputs.get(2).into_iter() {
                    inputs.push(self.constant(bias, None)?);
                }
                self.activated("Gemm", inputs, &name, vec![int("transB", 1)], *activation)?;
            }
            Op::Add { activation } => {
                let inputs = self.operands(operator)?;
                self.activated("Add", inputs, &name, vec![], *activation)?;
            }
            Op::Mul { activation } => {
                let inputs = self.operands(operator)?;
                self.activated("Mul", inputs, &name, vec![], *activation)?;
            }
            Op::Prelu => {
                let slopes = self.constant(operator.inputs[1], Some(&[self.shape(x)[3], 1, 1]))?;
                self.node("PRelu", vec![tensor_name(x), slopes], &name, vec![]);
            }
            Op::Activate(activation) => {
                self.activated("Identity", vec![tensor_name(x)], &name, vec![], *activation)?
            }
            Op::Pad { before, after } => {
                ensure!(before.len() == 4, "only images are padded");
                let amounts = |of: &[usize]| [of[0], of[3], of[1], of[2]].map(|n| n as i64);
                let pads = self.ints(&name, &[amounts(before), amounts(after)].concat());
                self.node("Pad", vec![tensor_name(x), pads], &name, vec![]);
            }
            Op::MaxPool2d { window, activation } => {
                let mut attributes = window_attributes(window);
                attributes.push(ints("kernel_shape", &window.kernel.map(|k| k as i64)));
                self.activated("MaxPool", vec![tensor_name(x)], &name, attributes, *activation)?;
            }
            Op::SpatialMean => {
                let pooled = format!("{name}_pooled");
                self.node("GlobalAveragePool", vec![tensor_name(x)], &pooled, vec![]);
                self.reshape(pooled, y, &name);
            }
            Op::ResizeBilinear { align_corners, half_pixel_centers } => {
                let &[n, height, width, channels] = self.shape(y) else { bail!("not an image") };
                let sizes = self.ints(&name, &[n, channels, height, width].map(|n| n as i64));
                let mode = match (align_corners, half_pixel_centers) {
                    (true, _) => "align_corners",
                    (_, true) => "half_pixel",
                    _ => "asymmetric",
                };
                let attributes =
                    vec![string("mode", "linear"), string("coordinate_transformation_mode", mode)];
                self.node(
                    "Resize",
                    vec![tensor_name(x), String::new(), String::new(), sizes],
                    &name,
                    attributes,
                );
            }
            Op::Concatenation { axis } => {
                let axis = if self.shape(y).len() == 4 { [0, 2, 3, 1][*axis] } else { *axis };
                let inputs = operator.inputs.iter().map(|&id| tensor_name(id)).collect();
                self.node("Concat", inputs, &name, vec![int("axis", axis as i64)]);
            }
            Op::Reshape => {
                let from = format!("{name}_flat");
                self.channels_last(x, &from);
                ensure!(self.shape(y).len() != 4, "a reshape to an image");
                self.reshape(from, y, &name);
            }
            Op::DepthToSpace { block } => {
                let attributes = vec![int("blocksize", *block as i64), string("mode", "DCR")];
                self.node("DepthToSpace", vec![tensor_name(x)], &name, attributes);
            }
            other => bail!("{other:?} is not converted"),
        }
        Ok(())
    }

    fn conv(
        &mut self,
        operator: &Operator,
        window: &Window,
        activation: Activation,
        depthwise: bool,
    ) -> Result<()> {
        let &[outer, height, width, inner] = self.shape(operator.inputs[1]) else {
            bail!("weights of four dimensions")
        };
        let values =
            self.model.tensors()[operator.inputs[1]].constant.as_deref().context("constant weights")?;
        let taps = height * width;
        // Outer, tap, inner to outer, inner, tap; depthwise: one, tap, channel to channel, one, tap.
        let turned = (0..values.len()).map(|i| {
            let (tap, channel, out) = (i % taps, i / taps % inner, i / (taps * inner));
            values[(out * taps + tap) * inner + channel]
        });
        let shape = if depthwise { [inner, 1, height, width] } else { [outer, inner, height, width] };
        let weights = format!("w{}", operator.output);
        self.graph.initializer.push(floats(&weights, &shape, turned.collect()));
        let mut inputs = vec![tensor_name(operator.inputs[0]), weights];
        if let Some(&bias) = operator.inputs.get(2) {
            inputs.push(self.constant(bias, None)?);
        }
        let mut attributes = window_attributes(window);
        attributes.push(ints("kernel_shape", &window.kernel.map(|k| k as i64)));
        attributes.push(int("group", if depthwise { inner as i64 } else { 1 }));
        self.activated("Conv", inputs, &tensor_name(operator.output), attributes, activation)
    }

    /// Two operands; a constant must be one value, or one a channel.
    fn operands(&mut self, operator: &Operator) -> Result<Vec<String>> {
        let name = |writer: &mut Self, id: TensorId| {
            let Some(values) = writer.model.tensors()[id].constant.clone() else {
                return Ok(tensor_name(id));
            };
            let channels = *writer.shape(operator.output).last().context("a channel")?;
            ensure!(values.len() == 1 || values.len() == channels, "an operand that is broadcast otherwise");
            writer.constant(id, Some(&[values.len(), 1, 1]))
        };
        operator.inputs.iter().map(|&id| name(self, id)).collect()
    }

    /// A constant under its name, in another shape if need be.
    fn constant(&mut self, id: TensorId, shape: Option<&[usize]>) -> Result<String> {
        let name = format!("c{id}");
        if self.graph.initializer.iter().all(|known| known.name != name) {
            let values = self.model.tensors()[id].constant.as_deref().context("a constant")?.to_vec();
            let shape = shape.unwrap_or_else(|| self.shape(id)).to_vec();
            self.graph.initializer.push(floats(&name, &shape, values));
        }
        Ok(name)
    }

    fn activated(
        &mut self,
        op: &str,
        inputs: Vec<String>,
        name: &str,
        attributes: Vec<AttributeProto>,
        activation: Activation,
    ) -> Result<()> {
        if activation == Activation::None {
            self.node(op, inputs, name, attributes);
            return Ok(());
        }
        let plain = format!("{name}_plain");
        self.node(op, inputs, &plain, attributes);
        match activation {
            Activation::Relu => self.node("Relu", vec![plain], name, vec![]),
            Activation::Logistic => self.node("Sigmoid", vec![plain], name, vec![]),
            Activation::Relu6 => {
                let bounds = [(format!("{name}_low"), 0.0), (format!("{name}_high"), 6.0)];
                for (bound, value) in &bounds {
                    self.graph.initializer.push(floats(bound, &[], vec![*value]));
                }
                let [(low, _), (high, _)] = bounds;
                self.node("Clip", vec![plain, low, high], name, vec![]);
            }
            other => bail!("{other:?} is not converted"),
        }
        Ok(())
    }

    /// `name` = the tensor with its channels last, if it is an image.
    fn channels_last(&mut self, id: TensorId, name: &str) {
        if self.shape(id).len() == 4 {
            self.node("Transpose", vec![tensor_name(id)], name, vec![ints("perm", &[0, 2, 3, 1])]);
        } else {
            self.node("Identity", vec![tensor_name(id)], name, vec![]);
        }
    }

    fn reshape(&mut self, from: String, id: TensorId, name: &str) {
        let lengths: Vec<i64> = self.shape(id).iter().map(|&n| n as i64).collect();
        let shape = self.ints(name, &lengths);
        self.node("Reshape", vec![from, shape], name, vec![]);
    }

    /// A constant of whole numbers that belongs to the tensor `name`.
    fn ints(&mut self, name: &str, values: &[i64]) -> String {
        let name = format!("{name}_ints");
        self.graph.initializer.push(TensorProto {
            name: name.clone(),
            dims: vec![values.len() as i64],
            data_type: DataType::Int64 as i32,
            raw_data: values.iter().flat_map(|n| n.to_le_bytes()).collect(),
            ..Default::default()
        });
        name
    }

    fn node(&mut self, op: &str, input: Vec<String>, output: &str, attribute: Vec<AttributeProto>) {
        self.graph.node.push(NodeProto {
            name: output.into(),
            op_type: op.into(),
            input,
            output: vec![output.into()],
            attribute,
            ..Default::default()
        });
    }
}

fn tensor_name(id: TensorId) -> String {
    format!("t{id}")
}

fn window_attributes(window: &Window) -> Vec<AttributeProto> {
    let pads = [window.pad_before, window.pad_after].concat();
    vec![
        ints("strides", &window.stride.map(|n| n as i64)),
        ints("dilations", &window.dilation.map(|n| n as i64)),
        ints("pads", &pads.iter().map(|&n| n as i64).collect::<Vec<_>>()),
    ]
}

fn floats(name: &str, shape: &[usize], values: Vec<f32>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: shape.iter().map(|&n| n as i64).collect(),
        data_type: DataType::Float as i32,
        raw_data: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ..Default::default()
    }
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: kind as i32, ..Default::default() }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: value, ..attribute(name, AttributeType::Int) }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { ints: values.to_vec(), ..attribute(name, AttributeType::Ints) }
}

fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto { s: value.into(), ..attribute(name, AttributeType::String) }
}

fn value_info(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dimension =
        |&n: &usize| Dimension { value: Some(dimension::Value::DimValue(n as i64)), ..Default::default() };
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto { dim: shape.iter().map(dimension).collect() }),
    };
    let r#type = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(r#type), ..Default::default() }
}
