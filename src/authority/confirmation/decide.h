// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "authority/audit/audit_log.h"
#include "authority/confirmation/confirmation_store.h"
#include "authority/confirmation/index_reservation.h"
#include "authority/confirmation/verify_request.h"
#include "authority/log/log_appender.h"
#include "authority/status/ocsp_cache.h"
#include "base/clock_tolerance.h"
#include "x509/cms.h"

namespace countersign::authority {

// judge_moment says what speaks against a verified request at `now`: the order's expiry, clocks that are
// further apart than `tolerance`, certificates outside of their validity. Pure.
std::vector<documents::RefusalReason> judge_moment(const VerifiedRequest& request, TimePoint now,
                                                   Seconds tolerance);

// judge_restore says what speaks against an order that was made before the store was restored, or may have
// been with a clock that was `tolerance` ahead: it may have been confirmed under an index that the backup did
// not have, and would get a second one. For good: it has to be ordered anew. Pure.
std::optional<documents::RefusalReason> judge_restore(const documents::Order& order,
                                                      std::optional<TimePoint> restored, Seconds tolerance);

// judge_status says what speaks against a party whose certificate has this status.
std::optional<documents::RefusalReason> judge_status(const std::optional<Directory::QuickStatus>& status,
                                                     std::string_view party);

// sign_refusal makes the signed document that answers a refused request. It is final where something speaks
// against the order itself that time does not remove.
Result<Bytes> sign_refusal(const x509::CmsSigner& signer, const x509::Name& data_centre,
                           const RefusedRequest& refused, TimePoint now);

// LogPlace is where a confirmation stands in the public log, and what is needed to prove it.
struct LogPlace {
  std::uint64_t index = 0;
  TimePoint time;  // of the confirmation
  Bytes nonce;
  std::shared_ptr<const LogHead> head;  // of the batch that appended it; null for one of before
};
// Of a stored confirmation, while a log is kept; nothing where it does not name that log.
std::optional<LogPlace> place_of(const StoredConfirmation& stored, const LogAppender* log);

// Decision answers one request: the CMS of a confirmation (new, or the very one that was stored before) or of
// a refusal.
struct Decision {
  enum class Kind { kConfirmed, kRepeated, kRefused };
  enum class Form { kCms, kReceipt };  // a receipt holds the CMS of a confirmation
  Kind kind = Kind::kConfirmed;
  Bytes document;
  ErrorCode reason = ErrorCode::kInternal;  // of a refusal: the first one
  std::optional<LogPlace> place = {};       // of a confirmation, where a public log is kept
  Form form = Form::kCms;
};

struct DeciderOptions {
  Seconds clock_tolerance = kClockTolerance;
};

// What a decider works with. All of it outlives the decider.
struct DeciderParts {
  const x509::CmsSigner& signer;  // role kConfirmationSigner
  const x509::Name& data_centre;
  const ConfirmationStore& store;
  const Directory& directory;
  const AuditLog& audit;
  OcspCache& ocsp;
  const ForeignParties* foreign = nullptr;   // null: nobody is of another data centre
  const DegradedPolicy* degraded = nullptr;  // null: no amount
  LogAppender* log = nullptr;                // null: no public log is kept
};

// Decider decides batches of verified requests inside a transaction of the store: repeats first, then the
// moment, the review where there is one, and the status of the parties as the transaction sees them, and of
// those of other data centres as it is known at this moment, then index, document, signature, audit
// record and entry of the public log. Nothing that it answers may leave before the transaction is durable.
// Used by one thread.
class Decider {
 public:
  // What the process found when it took the sequence over.
  struct Takeover {
    std::int64_t process = 0;
    std::optional<TimePoint> restored;
  };
  Decider(DeciderParts parts, DeciderOptions options, Takeover takeover, IndexReservation reservation)
      : parts_(parts), options_(options), takeover_(takeover), reservation_(std::move(reservation)) {}

  // One outcome for each request, in order; where `waits` is an error, that in place of what would be newly
  // confirmed. A failure of the whole (nothing may be answered, nothing is
  // stored): kForbidden when another process has taken the sequence over, else what the store says.
  Result<std::vector<Result<Decision>>> decide(storage::Transaction& transaction,
                                               std::span<const VerifiedRequest* const> requests,
                                               TimePoint now, const Result<void>& waits = ok());
  // After the end of the transaction.
  void settle(LogAppender::Outcome outcome);

 private:
  struct Batch;
  Result<Decision> decide_one(Batch& batch, const VerifiedRequest& request);
  Result<std::optional<Decision>> find_known(Batch& batch, const VerifiedRequest& request) const;
  Result<void> append_to_log(Batch& batch, std::vector<Result<Decision>>& outcomes);
  Result<std::vector<documents::RefusalReason>> judge_review(const Batch& batch,
                                                             const VerifiedRequest& request);
  // What is known of a party's status now: what speaks against it, and else what proves that it is good.
  struct Standing {
    std::optional<documents::RefusalReason> against;
    std::optional<Directory::QuickStatus> here;   // of a party of this data centre
    std::shared_ptr<const ForeignStatus> abroad;  // of another's
    ForeignBasis basis = {};                      // of that
  };
  // `degraded` is for a party whose home could not be reached, else null.
  Result<Standing> standing_of(const Batch& batch, const KnownCertificate& party, std::string_view what,
                               const std::shared_ptr<const ForeignStatus>& abroad,
                               const DegradedPolicy* degraded = nullptr);
  Standing standing_abroad(const Batch& batch, const KnownCertificate& party, std::string_view what,
                           const std::shared_ptr<const ForeignStatus>& abroad,
                           const DegradedPolicy* degraded) const;
  const DegradedPolicy* degraded_for(const VerifiedRequest& request) const;
  Result<Bytes> evidence_of(const KnownCertificate& party, const Standing& standing, TimePoint now) const;
  Result<Decision> confirm(Batch& batch, const VerifiedRequest& request, const Standing& merchant,
                           const Standing& purchaser);
  void note_basis(const VerifiedRequest& request, const ForeignBasis& purchaser) const;
  Result<Decision> refuse(const VerifiedRequest& request, std::vector<documents::RefusalReason> reasons,
                          std::vector<documents::RefusalReason> review_reasons, TimePoint now) const;
  Result<std::optional<Directory::QuickStatus>> status_of(storage::Reader& reader,
                                                          const KnownCertificate& party);

  const DeciderParts parts_;
  const DeciderOptions options_;
  const Takeover takeover_;
  IndexReservation reservation_;
  // Statuses as of directory version `statuses_version_`; forgotten as soon as a batch finds another version.
  std::int64_t statuses_version_ = -1;
  std::map<Sha256Digest, Directory::QuickStatus> statuses_;
};

}  // namespace countersign::authority
