// SPDX-License-Identifier: Apache-2.0
#include "fuzz/property.h"
#include "link/control.h"
#include "link/discovery.h"
#include "link/frame.h"
#include "link/greeting.h"
#include "link/pairing.h"

namespace {

using countersign::BytesView;
using countersign::fuzz::require;
namespace link = countersign::link;

void check_control(BytesView input) {
  const auto message = link::read_control(input);
  if (!message) return;
  const auto written = link::write_control(message.value());
  // Escapes may have been shorter before; nothing else keeps a message that was read from being written.
  if (!written)
    return require(written.error().code == countersign::ErrorCode::kTooLarge, "what is read can be written");
  require(link::read_control(written.value()).value() == message.value(), "it reads again as the same");
}

void check_greeting(BytesView input) {
  if (const auto hello = link::read_hello(input))
    require(static_cast<bool>(link::read_hello(link::write_hello(hello.value()))), "a hello reads again");
  if (const auto welcome = link::read_welcome(input))
    require(static_cast<bool>(link::read_welcome(link::write_welcome(welcome.value()))),
            "a welcome reads again");
  if (const auto open = link::read_open(input))
    require(static_cast<bool>(link::write_open(open.value())), "an open reads again");
}

void check_offer(BytesView input) {
  const auto offer = link::PairingOffer::parse(countersign::as_text(input));
  if (!offer) return;
  const auto again = link::PairingOffer::parse(offer.value().text());
  require(again && again.value().text() == offer.value().text() && again.value().name == offer.value().name,
          "an offer reads again");
}

void check_discovery(BytesView input) {
  const countersign::crypto::SecretBytes key = countersign::crypto::SecretBytes::of_size(32);
  require(!link::is_question_of(input, key) || link::read_question(input), "what is authentic is a question");
  if (const auto answer = link::read_answer(input, key))
    require(countersign::equal(link::write_answer(key, answer.value()), input), "an answer has one form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  check_control(input);
  check_greeting(input);
  check_offer(input);
  check_discovery(input);
  return 0;
}
