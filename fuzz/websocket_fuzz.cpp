// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "fuzz/property.h"
#include "http/upgrade_reader.h"
#include "http/websocket_frames.h"

namespace {

using namespace countersign;
using fuzz::require;
using http::WebSocketReader;

constexpr std::size_t kMaxMessage = 300;

// All events of the bytes when they arrive in pieces of `step`, as one text.
std::string events_of(WebSocketReader::Side side, BytesView bytes, std::size_t step) {
  WebSocketReader reader(side, kMaxMessage);
  std::string events;
  while (!bytes.empty()) {
    const auto space = reader.space();
    require(!space.empty(), "there is always room");
    const std::size_t size = std::min({step, space.size(), bytes.size()});
    std::copy_n(bytes.begin(), size, space.begin());
    reader.commit(size);
    bytes = bytes.subspan(size);
    for (;;) {
      const auto event = reader.next();
      if (!event) return events + std::string(error_name(event.error().code));
      if (!event.value()) break;
      const auto& [kind, message, code] = *event.value();
      require(message.payload.size() <= kMaxMessage, "messages are limited");
      events += std::to_string(static_cast<int>(kind)) + "/" + std::to_string(code) + "/" +
                hex_encode(message.payload) + " ";
    }
  }
  return events;
}

}  // namespace

// The first byte says who reads: server, client, or the client of the answer to its upgrade.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView bytes(data + 1, size - 1);
  if (data[0] % 3 == 2) {
    const auto answer = http::read_upgrade_answer(bytes);
    if (answer && answer.value()) require(answer.value()->size <= bytes.size(), "answers end where they end");
    return 0;
  }
  const auto side = data[0] % 3 == 0 ? WebSocketReader::Side::kServer : WebSocketReader::Side::kClient;
  require(events_of(side, bytes, bytes.size() + 1) == events_of(side, bytes, 1),
          "how bytes arrive does not matter");
  return 0;
}
