// SPDX-License-Identifier: Apache-2.0
#include "merchant/extract_check.h"

#include "network/authority_name.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

bool is_same(const std::optional<documents::Review>& a, const std::optional<documents::Review>& b) {
  if (!a || !b) return !a && !b;
  return a->digest == b->digest && a->code == b->code;
}

// The first member that differs, or empty.
std::string_view first_difference(const documents::Extract& a, const documents::Extract& b) {
  if (a.confirmation != b.confirmation) return "confirmation";
  if (a.data_centre != b.data_centre) return "dataCentre";
  if (a.index != b.index) return "index";
  if (a.time != b.time) return "time";
  if (a.order_id != b.order_id) return "orderId";
  if (a.order_digest != b.order_digest) return "orderDigest";
  if (a.total != b.total) return "total";
  if (a.merchant != b.merchant) return "merchant";
  if (a.purchaser != b.purchaser) return "purchaser";
  if (!is_same(a.review, b.review)) return "review";
  return "";
}

}  // namespace

Result<documents::Extract> check_extract(BytesView der, const documents::Confirmation& confirmation,
                                         const x509::TrustAnchor& anchor, TimePoint now) {
  TRY(const auto document, x509::verify_signed_document(der, anchor, x509::Role::kConfirmationSigner, now));
  if (document.cms.content_type != x509::ContentType::kData)
    return fail(ErrorCode::kMalformed, "extract: the content is not data");
  TRY(auto extract, documents::parse_extract(document.cms.content));
  TRY(x509::require_speaks_for(document.signer, extract.data_centre, anchor, "extract.dataCentre"));
  const auto difference = first_difference(extract, documents::extract_of(confirmation));
  if (difference.empty()) return extract;
  return fail(ErrorCode::kConflict, "extract." + std::string(difference) + ": not that of the confirmation");
}

}  // namespace countersign::merchant
