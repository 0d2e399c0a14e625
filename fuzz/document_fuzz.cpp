// SPDX-License-Identifier: Apache-2.0
// Every document but the order: what one parser accepts can be written, reads again, and is written in one
// form.
#include "documents/confirmation.h"
#include "documents/consent.h"
#include "documents/request.h"
#include "fuzz/property.h"

namespace {

using namespace countersign;
using fuzz::require;

Bytes written_bytes(Bytes bytes) {
  return bytes;
}
Bytes written_bytes(const Result<Bytes>& bytes) {
  require(bool{bytes}, "what was read can be written");
  return bytes.value();
}

template <typename Parse, typename Write>
int accepted(BytesView input, const Parse& parse, const Write& write) {
  const auto document = parse(input);
  if (!document) return 0;
  const Bytes written = written_bytes(write(document.value()));
  const auto again = parse(written);
  require(bool{again}, "what is written can be read");
  require(written_bytes(write(again.value())) == written, "writing has one form");
  return 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace documents;
  const BytesView input{data, size};
  const int types = accepted(input, parse_consent, write_consent) +
                    accepted(input, parse_consent_acceptance, write_consent_acceptance) +
                    accepted(input, parse_holder_request, write_holder_request) +
                    accepted(input, parse_merchant_renewal, write_merchant_renewal) +
                    accepted(input, parse_confirmation, write_confirmation) +
                    accepted(input, parse_refusal, write_refusal);
  require(types <= 1, "no document passes for one of another type");
  return 0;
}
