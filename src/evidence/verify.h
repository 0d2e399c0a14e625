// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock_tolerance.h"
#include "documents/confirmation.h"
#include "documents/order.h"
#include "documents/split_payment.h"
#include "evidence/log_statement.h"
#include "evidence/stamp_statement.h"
#include "x509/path.h"

namespace countersign::evidence {

// What a piece of evidence is: the document that its outermost signature covers, or a receipt, which is a
// confirmation and what proves that a public log holds it (receipt.h).
enum class EvidenceKind { kConfirmation, kRefusal, kCountersignedOrder, kSignedOrder, kReceipt };
std::string_view kind_name(EvidenceKind kind);  // "confirmation", "countersigned-order"

// Finding is one thing that is wrong. `path` says where: "confirmation", "confirmation.countersignedOrder",
// "confirmation.countersignedOrder.signedOrder.order.total", "confirmation.merchant.ocsp".
struct Finding {
  ErrorCode code;
  std::string path;
  std::string detail;
};

// Signature is one signature that was checked: who signed what, when by the signer's own word, in which role.
struct Signature {
  std::string path;  // of what was signed
  x509::Role role;   // the role that this place demands
  x509::Certificate signer;
  TimePoint signing_time;  // the signer's word only
  bool is_valid = false;   // signature, path to the root and role, at the time of decision
  // When the first certificate of its path ends: until then it can be relied on by itself, later only by
  // what shows that it was there before.
  std::optional<TimePoint> until = {};
};

// Status is what an OCSP response inside of the evidence says of a party.
struct Status {
  std::string path;  // "confirmation.merchant.ocsp"
  x509::Certificate subject;
  std::optional<x509::OcspAnswer> answer;  // only when the response itself verified
  // By the confirmation's word: until when its home told nothing else, and whether it could not be reached
  // then.
  std::optional<TimePoint> as_of = {};
  bool degraded = false;
  std::optional<TimePoint> until = {};  // when the first certificate of the responder's path ends
};

// Report is what verification found out. Without findings, everything in it is proven by signatures below the
// root that was given; with findings, what is filled in is what the evidence claims. Owns its data.
struct Report {
  EvidenceKind kind = EvidenceKind::kConfirmation;
  std::vector<Finding> findings;
  std::vector<Signature> signatures;  // outermost first
  std::vector<Status> statuses;       // merchant, purchaser
  TimePoint decided_at{};             // the time that paths and statuses were judged at
  std::optional<documents::Confirmation> confirmation;
  std::optional<documents::Refusal> refusal;
  std::optional<documents::Order> order;
  std::optional<documents::ReviewResult> review_result;  // where one was given
  std::optional<LogStatement> log;                       // of a receipt whose proof can be read
  std::vector<MapStatement> maps;                        // of a receipt, those that verified
  std::optional<StampsStatement> stamps;                 // of a receipt, where they were judged (stamps.h)
  std::optional<TimePoint> judged_at;                    // where it was asked what holds then (stamps.h)
  // The bytes found inside, each as it was signed; empty where there is none.
  Bytes content;              // of the outermost signature: the JSON of confirmation or refusal
  Bytes countersigned_order;  // DER
  Bytes signed_order;         // DER
  Bytes order_bytes;          // JSON

  bool is_valid() const { return findings.empty() && !signatures.empty(); }
  // The first end of all that is stated here; absent where nothing verified.
  std::optional<TimePoint> until() const;
};

struct VerifyOptions {
  std::optional<EvidenceKind> expected;  // nothing else is accepted; absent: whatever the document is
  // For orders that nobody confirmed: the time to judge paths at, their own `created` unless given.
  // Confirmations and refusals carry theirs.
  std::optional<TimePoint> at;
  Seconds tolerance = kClockTolerance;  // clocks may be this far apart
  // For a refusal: DER of the countersigned order that it must speak of, or empty.
  Bytes refused_request = {};
  // For an order of profile set: CMS of the card company over its ReviewResult, by itself or inside of the
  // merchant's that relayed it. Absent: what the company said is known by the confirmation's word alone.
  std::optional<Bytes> review_result = {};
  // Roots besides the given one under which a CA counts: those that the network had before and after it, for
  // what was signed while one followed the other. Each is trusted as much as the given one.
  std::vector<x509::Certificate> other_roots = {};
};

// verify_evidence checks a CMS file and everything inside of it offline, from the network root alone: CAs
// come from the messages and must verify under `root` at the time of decision. For a confirmation: signature
// in the role of a confirmation signer of the data centre it names; countersigned order (merchant) and signed
// order (purchaser); ids, digests, totals, origin, authority and expiry of the order; subjects, serials,
// registration and key origin of both parties; both OCSP responses (delegated responder, good, thisUpdate <=
// decision <= nextUpdate within the tolerance), and until when the party's home told nothing else: no longer
// before the decision than a confirmation allows that is not called degraded; a review, and a payment in the
// purchaser's signature, in profile set and in no other. A review result that is given must be the one that
// the confirmation names, of the order's company (role card company), on the order's terms and on the payment
// that the purchaser signed. Never fails: what cannot be read is a finding. It does not ask anybody about the
// time after the decision. A receipt is none of this: see receipt.h.
Report verify_evidence(BytesView der, const x509::Certificate& root, const VerifyOptions& options);

// verify_confirmation is verify_evidence for a confirmation as a Result: the report, or its first finding as
// the error with the number of the others. With an anchor it is by its root and other roots; who may confirm
// now is another question (network::AnchorSource::expect_confirms).
Result<Report> verify_confirmation(BytesView der, const x509::Certificate& root);
Result<Report> verify_confirmation(BytesView der, const x509::TrustAnchor& anchor);

// write_report_text writes for people in a terminal, one fact per line; write_report_json for programs: type
// "verification-report", version 1. Both say the verdict first.
std::string write_report_text(const Report& report);
std::string write_report_json(const Report& report);

}  // namespace countersign::evidence
