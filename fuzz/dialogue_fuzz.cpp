// SPDX-License-Identifier: Apache-2.0
// The messages of a purchase in the browser and what is signed or sealed in them: what one parser accepts can
// be written, reads again, and is written in one form.
#include "documents/dialogue.h"
#include "documents/dialogue_session.h"
#include "fuzz/round_trip.h"

namespace {

using namespace countersign;
using fuzz::accepted;
using fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace documents;
  const BytesView input{data, size};
  const auto secret = [](auto parse) {
    return [parse](BytesView bytes) { return parse(crypto::SecretBytes::copy_of(bytes)); };
  };
  const auto write = [](const auto& message) { return write_dialogue(message); };
  const int types = accepted(input, parse_wallet_message, write) +
                    accepted(input, parse_gateway_message, write) +
                    accepted(input, parse_personal_information, write_personal_information) +
                    accepted(input, parse_session_offer, write_session_offer) +
                    accepted(input, secret(parse_session_secrets), write_session_secrets) +
                    accepted(input, secret(parse_payment_instruction), write_payment_instruction);
  require(types <= 1, "no document passes for one of another type");
  return 0;
}
