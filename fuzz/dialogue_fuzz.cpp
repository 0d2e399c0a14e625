// SPDX-License-Identifier: Apache-2.0
// The messages of a purchase in the browser and what is signed or sealed in them: what one parser accepts can
// be written, reads again, and is written in one form.
#include "documents/dialogue.h"
#include "documents/dialogue_session.h"
#include "fuzz/property.h"

namespace {

using namespace countersign;
using fuzz::require;

template <typename Written>
Bytes written_bytes(const Result<Written>& written) {
  require(bool{written}, "what was read can be written");
  if constexpr (std::is_same_v<Written, crypto::SecretBytes>)
    return to_bytes(written.value().reveal(crypto::SecretAccess()));
  else
    return written.value();
}

template <typename Parse, typename Write>
int accepted(BytesView input, const Parse& parse, const Write& write) {
  const auto document = parse(input);
  if (!document) return 0;
  const Bytes written = written_bytes(write(document.value()));
  const auto again = parse(BytesView(written));
  require(bool{again}, "what is written can be read");
  require(written_bytes(write(again.value())) == written, "writing has one form");
  return 1;
}

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
