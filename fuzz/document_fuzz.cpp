// SPDX-License-Identifier: Apache-2.0
// Every document but the order: what one parser accepts can be written, reads again, and is written in one
// form.
#include "documents/confirmation.h"
#include "documents/consent.h"
#include "documents/extract.h"
#include "documents/receipt.h"
#include "documents/request.h"
#include "documents/stamps.h"
#include "documents/status_feed.h"
#include "fuzz/round_trip.h"

namespace {

using namespace countersign;
using fuzz::accepted;
using fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace documents;
  const BytesView input{data, size};
  const int types =
      accepted(input, parse_consent, write_consent) +
      accepted(input, parse_consent_acceptance, write_consent_acceptance) +
      accepted(input, parse_holder_request, write_holder_request) +
      accepted(input, parse_merchant_renewal, write_merchant_renewal) +
      accepted(input, parse_confirmation, write_confirmation) +
      accepted(input, parse_refusal, write_refusal) + accepted(input, parse_extract, write_extract) +
      accepted(input, parse_receipt, write_receipt) + accepted(input, parse_stamps, write_stamps) +
      accepted(input, parse_status_feed_request, write_status_feed_request) +
      accepted(input, parse_status_feed_page, write_status_feed_page);
  require(types <= 1, "no document passes for one of another type");
  return 0;
}
