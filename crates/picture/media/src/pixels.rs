//! Pictures of a decoder as RGB: any planar 8- to 16-bit YUV, grey or GBR, by the stream's own matrix and range.

use std::borrow::Cow;

use ffmpeg_next::{ffi, frame as av};
use frame::{Image, Plane, Size, Srgb8};
use yuv::{YuvGrayImage, YuvPlanarImage, YuvRange, YuvStandardMatrix};

use crate::MediaError;
use crate::resize::resize_channel;

/// From so many lines up a stream that does not say is BT.709, below BT.601: what players do, and what cameras meant.
const HIGH_DEFINITION_LINES: u32 = 720;

/// The picture at the size `to`, scaled before it becomes RGB.
pub(crate) fn to_rgb(picture: &av::Video, to: Size) -> Result<Image, MediaError> {
    let format = Format::of(picture)?;
    let size = Size::new(picture.width(), picture.height());
    let mut channels = Vec::with_capacity(format.components.len());
    for (i, component) in format.components.iter().enumerate() {
        let size = if i == 0 { size } else { format.chroma_size(size) };
        channels.push(Channel::borrow(picture, component, size)?);
    }
    let same_size = size == to;
    let subsampling = if same_size { format.subsampling } else { Subsampling::None };
    if !same_size || subsampling == Subsampling::Other {
        channels.iter_mut().for_each(|channel| channel.resize(to));
    }
    let colour = Colour::of(picture, &format);
    convert(&channels, subsampling, &colour, to).map_err(|error| undecodable(&error.to_string()))
}

fn convert(
    channels: &[Channel<'_>],
    subsampling: Subsampling,
    colour: &Colour,
    size: Size,
) -> Result<Image, yuv::YuvError> {
    let mut image = Plane::filled(size, Srgb8::default());
    let rgb: &mut [u8] = bytemuck::cast_slice_mut(image.pixels_mut());
    let (stride, Size { width, height }) = (size.width * 3, size);
    let &Colour { range, matrix, .. } = colour;
    let [y, u, v] = channels else {
        let grey = YuvGrayImage {
            y_plane: &channels[0].samples,
            y_stride: channels[0].stride as u32,
            width,
            height,
        };
        yuv::yuv400_to_rgb(&grey, rgb, stride, range, matrix)?;
        return Ok(image);
    };
    let planes = YuvPlanarImage {
        y_plane: &y.samples,
        y_stride: y.stride as u32,
        u_plane: &u.samples,
        u_stride: u.stride as u32,
        v_plane: &v.samples,
        v_stride: v.stride as u32,
        width,
        height,
    };
    match subsampling {
        _ if colour.is_rgb => yuv::gbr_to_rgb(&planes, rgb, stride, range),
        // Not the crate's bilinear functions: they move chroma by a pixel to the lower right.
        Subsampling::Both => yuv::yuv420_to_rgb(&planes, rgb, stride, range, matrix),
        Subsampling::Horizontal => yuv::yuv422_to_rgb(&planes, rgb, stride, range, matrix),
        Subsampling::None | Subsampling::Other => yuv::yuv444_to_rgb(&planes, rgb, stride, range, matrix),
    }?;
    Ok(image)
}

fn undecodable(reason: &str) -> MediaError {
    MediaError::DamagedVideo { reason: reason.to_owned() }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subsampling {
    /// 4:4:4.
    None,
    /// 4:2:2.
    Horizontal,
    /// 4:2:0.
    Both,
    /// 4:4:0, 4:1:1, 4:1:0: chroma is scaled to luma's size first.
    Other,
}

/// Where a channel lies: its plane and the bits that its samples have.
#[derive(Clone, Copy, Debug)]
struct Component {
    plane: usize,
    depth: u32,
}

#[derive(Debug)]
struct Format {
    /// Y, U, V; or G, B, R; or Y alone. Alpha is ignored.
    components: Vec<Component>,
    subsampling: Subsampling,
    log2_chroma: (u8, u8),
    is_rgb: bool,
    name: String,
}

impl Format {
    fn of(picture: &av::Video) -> Result<Self, MediaError> {
        // SAFETY: the frame is alive; its format is one of libav's numbers, for which the descriptor is static data or null.
        let descriptor = unsafe { ffi::av_pix_fmt_desc_get(picture.format().into()).as_ref() };
        let descriptor = descriptor.ok_or_else(|| undecodable("a frame has no pixel format"))?;
        // SAFETY: descriptors have a name that lives as long as the program.
        let name = unsafe { std::ffi::CStr::from_ptr(descriptor.name) }.to_string_lossy().into_owned();
        let has = |flag: i32| descriptor.flags & flag as u64 != 0;
        let is_rgb = has(ffi::AV_PIX_FMT_FLAG_RGB);
        let count = if descriptor.nb_components < 3 { 1 } else { 3 };
        let mut components: Vec<Component> = descriptor.comp[..count]
            .iter()
            .map(|component| Component { plane: component.plane as usize, depth: component.depth as u32 })
            .collect();
        if is_rgb && count == 3 {
            components.rotate_left(1);
        }
        let packed = descriptor.comp[..count].iter().any(|c| {
            c.offset != 0 || c.shift != 0 || c.step != (c.depth + 7) / 8 || !(8..=16).contains(&c.depth)
        });
        let strange = ffi::AV_PIX_FMT_FLAG_PAL
            | ffi::AV_PIX_FMT_FLAG_BITSTREAM
            | ffi::AV_PIX_FMT_FLAG_HWACCEL
            | ffi::AV_PIX_FMT_FLAG_BAYER
            | ffi::AV_PIX_FMT_FLAG_FLOAT;
        let foreign = has(ffi::AV_PIX_FMT_FLAG_BE) != cfg!(target_endian = "big") && components[0].depth > 8;
        if packed || foreign || has(strange) || (is_rgb && count != 3) {
            return Err(MediaError::UnsupportedVideo { found: format!("in the pixel format {name}") });
        }
        let log2_chroma = (descriptor.log2_chroma_w, descriptor.log2_chroma_h);
        let subsampling = match log2_chroma {
            (0, 0) => Subsampling::None,
            (1, 0) => Subsampling::Horizontal,
            (1, 1) => Subsampling::Both,
            _ => Subsampling::Other,
        };
        Ok(Self { components, subsampling, log2_chroma, is_rgb, name })
    }

    /// Chroma's size for luma's: libav rounds up.
    fn chroma_size(&self, luma: Size) -> Size {
        let (x, y) = self.log2_chroma;
        Size::new(luma.width.div_ceil(1 << x), luma.height.div_ceil(1 << y))
    }
}

struct Colour {
    is_rgb: bool,
    range: YuvRange,
    matrix: YuvStandardMatrix,
}

impl Colour {
    fn of(picture: &av::Video, format: &Format) -> Self {
        // SAFETY: the frame is alive. The fields are read as the numbers they are in C, for a file may hold one that is newer
        // than the enumeration.
        let (space, range) = unsafe {
            let picture = picture.as_ptr();
            (
                (&raw const (*picture).colorspace).cast::<u32>().read(),
                (&raw const (*picture).color_range).cast::<u32>().read(),
            )
        };
        let untagged = if picture.height() >= HIGH_DEFINITION_LINES {
            YuvStandardMatrix::Bt709
        } else {
            YuvStandardMatrix::Bt601
        };
        let is = |known: ffi::AVColorSpace| space == known as u32;
        use ffi::AVColorSpace as Space;
        let matrix = if is(Space::AVCOL_SPC_BT709) {
            YuvStandardMatrix::Bt709
        } else if is(Space::AVCOL_SPC_BT470BG) || is(Space::AVCOL_SPC_SMPTE170M) {
            YuvStandardMatrix::Bt601
        } else if is(Space::AVCOL_SPC_BT2020_NCL) || is(Space::AVCOL_SPC_BT2020_CL) {
            YuvStandardMatrix::Bt2020
        } else if is(Space::AVCOL_SPC_SMPTE240M) {
            YuvStandardMatrix::Smpte240
        } else if is(Space::AVCOL_SPC_FCC) {
            YuvStandardMatrix::Fcc
        } else {
            untagged
        };
        let full = range == ffi::AVColorRange::AVCOL_RANGE_JPEG as u32
            || format.name.starts_with("yuvj")
            || (format.is_rgb && range != ffi::AVColorRange::AVCOL_RANGE_MPEG as u32);
        Self { is_rgb: format.is_rgb, range: if full { YuvRange::Full } else { YuvRange::Limited }, matrix }
    }
}

/// One channel, 8 bits a sample.
struct Channel<'a> {
    samples: Cow<'a, [u8]>,
    stride: usize,
    size: Size,
}

impl<'a> Channel<'a> {
    fn borrow(picture: &'a av::Video, component: &Component, size: Size) -> Result<Self, MediaError> {
        let bytes_a_sample = component.depth.div_ceil(8) as usize;
        let row = size.width as usize * bytes_a_sample;
        let (samples, stride) = plane_bytes(picture, component.plane, row, size.height as usize)?;
        if component.depth == 8 {
            return Ok(Self { samples: Cow::Borrowed(samples), stride, size });
        }
        let narrow = |pair: &[u8]| {
            let (value, shift) = (u32::from(u16::from_ne_bytes([pair[0], pair[1]])), component.depth - 8);
            ((value + (1 << (shift - 1))) >> shift).min(255) as u8
        };
        let rows = samples.chunks(stride).take(size.height as usize);
        let samples = rows.flat_map(|samples| samples[..row].chunks_exact(2).map(narrow)).collect();
        Ok(Self { samples: Cow::Owned(samples), stride: size.width as usize, size })
    }

    fn resize(&mut self, to: Size) {
        if self.size != to {
            self.samples = Cow::Owned(resize_channel(&self.samples, self.stride, self.size, to));
            (self.stride, self.size) = (to.width as usize, to);
        }
    }
}

/// A plane's bytes and its stride: `rows` rows of at least `row` bytes. The last one's padding is there if libav allocated it.
fn plane_bytes(
    picture: &av::Video,
    plane: usize,
    row: usize,
    rows: usize,
) -> Result<(&[u8], usize), MediaError> {
    let broken = || undecodable("a frame's planes do not hold its pixels");
    // SAFETY: the frame is alive for as long as the slice, and frames that came from a decoder are not written to. The length is
    // cut to the buffer that holds the plane, whatever the frame's size claims.
    unsafe {
        let picture = picture.as_ptr();
        let start = *(*picture).data.get(plane).ok_or_else(broken)?;
        let stride = usize::try_from((&(*picture).linesize)[plane]).map_err(|_| broken())?;
        if start.is_null() || stride < row || rows == 0 {
            return Err(broken());
        }
        let behind = (*picture).buf.iter().filter_map(|buffer| buffer.as_ref()).find_map(|buffer| {
            let into = (start as usize).checked_sub(buffer.data as usize)?;
            buffer.size.checked_sub(into).filter(|&left| left > 0)
        });
        let length = behind.ok_or_else(broken)?.min(stride * rows);
        if length < stride * (rows - 1) + row {
            return Err(broken());
        }
        Ok((std::slice::from_raw_parts(start, length), stride))
    }
}
