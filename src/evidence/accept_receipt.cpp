// SPDX-License-Identifier: Apache-2.0
#include "evidence/accept_receipt.h"

#include <algorithm>

namespace countersign::evidence {
namespace {

// What a map says of the log of a confirmation.
struct MappedTrust {
  bool names_log = false;   // of the data centre, this one or another
  bool names_this = false;  // that very log
};

Result<MappedTrust> trust_of(BytesView confirmation_der, const documents::NetworkMap* map) {
  MappedTrust trust;
  if (map == nullptr) return trust;
  TRY(const auto cms, x509::UnverifiedCms::parse(confirmation_der));
  TRY(const auto confirmation, documents::parse_confirmation(cms.unverified_content()));
  const auto* const centre = documents::find_data_centre(*map, confirmation.data_centre);
  if (centre == nullptr || !centre->log) return trust;
  trust.names_log = true;
  trust.names_this = confirmation.log && centre->log->origin == *confirmation.log;
  return trust;
}

}  // namespace

bool AcceptedReceipt::proves_no_less_than(const AcceptedReceipt& had) const {
  if (is_key_known != had.is_key_known) return is_key_known;
  return size >= had.size && cosigned >= had.cosigned;
}

Result<AcceptedReceipt> accept_receipt(BytesView file, BytesView confirmation,
                                       const x509::TrustAnchor& anchor, const documents::NetworkMap* map) {
  TRY(const auto receipt, documents::parse_receipt(file));
  if (!equal(receipt.confirmation, confirmation))
    return fail(ErrorCode::kConflict, "receipt: of another confirmation");
  TRY(const auto trust, trust_of(confirmation, map));
  VerifyOptions options;
  options.other_roots = anchor.other_roots();
  const Report report = trust.names_this ? verify_receipt(file, anchor.root(), *map, options)
                                         : verify_receipt(file, anchor.root(), nullptr, options);
  AcceptedReceipt accepted;
  accepted.is_key_known = true;
  for (const Finding& finding : report.findings) {
    if (finding.path != "log.key" || trust.names_log)
      return fail(finding.code, finding.path + ": " + finding.detail);
    accepted.is_key_known = false;
  }
  if (report.signatures.empty() || !report.log)
    return fail(ErrorCode::kInternal, "receipt: verified, but not read");
  accepted.state = report.log->state;
  accepted.size = report.log->checkpoint.size;
  accepted.cosigned = static_cast<std::size_t>(std::ranges::count_if(
      report.log->witnesses,
      [](const WitnessStatement& witness) { return witness.cosigned && !witness.is_own; }));
  return accepted;
}

}  // namespace countersign::evidence
