// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "fuzz/property.h"
#include "link/frame.h"

namespace {

using countersign::Bytes;
using countersign::BytesView;
using countersign::fuzz::require;
using countersign::link::Frame;
using countersign::link::FrameReader;

// What a reader makes of a stream that comes in pieces of this size, and how it ends.
struct Reading {
  std::vector<Frame> frames;
  std::optional<countersign::ErrorCode> error;
  bool within_frame = false;
};

Reading read_in_pieces(BytesView stream, std::size_t piece) {
  Reading reading;
  FrameReader reader;
  while (!stream.empty() && !reading.error) {
    const std::size_t size = std::min(piece, stream.size());
    reader.feed(stream.first(size));
    stream = stream.subspan(size);
    for (;;) {
      auto next = reader.next();
      if (!next) reading.error = next.error().code;
      if (!next || !next.value()) break;
      reading.frames.push_back(std::move(*next.value()));
    }
  }
  reading.within_frame = reader.is_within_frame();
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView stream(data, size);
  const Reading whole = read_in_pieces(stream, size + 1);
  const Reading pieces = read_in_pieces(stream, 1 + size % 7);
  require(whole.frames == pieces.frames && whole.error == pieces.error, "pieces of any size are read alike");
  Bytes written;
  for (const Frame& frame : whole.frames) {
    require(static_cast<bool>(countersign::link::check_frame(frame)), "what is read may be sent");
    const Bytes encoded = countersign::link::encode_frame(frame);
    written.insert(written.end(), encoded.begin(), encoded.end());
  }
  require(written.size() <= size && countersign::equal(written, stream.first(written.size())),
          "a frame has one form");
  require(whole.error || whole.within_frame == (written.size() < size), "a cut is noticed");
  return 0;
}
