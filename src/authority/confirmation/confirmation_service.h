// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/confirmation/receipts.h"
#include "authority/confirmation/sequencer.h"
#include "authority/interwork/work_queue.h"
#include "base/rate_limit.h"
#include "base/repeated_events.h"
#include "documents/company_request.h"
#include "http/server.h"

namespace countersign::authority {

// PublicLog is what it takes to log confirmations in public and to give receipts. All of it outlives the
// service.
struct PublicLog {
  LogAppender& appender;  // of the sequencer's thread, once the service has started, but for its head
  const LogReader& reader;
  const MapHistory& maps;
  CurrentMap current = {};  // each is kept in `maps` before anything is decided by it; empty: there is none
  LogWitnessing* witnesses = nullptr;  // null: nobody watches it
};

struct ConfirmationParts {
  x509::CmsSigner signer;  // role kConfirmationSigner
  x509::Name data_centre;
  std::shared_ptr<const x509::TrustAnchor> anchor;
  storage::Database& database;
  const Directory& directory;
  const AuditLog& audit;
  OcspCache& ocsp;
  const Clock& clock;
  std::filesystem::path reservation_file;  // beside the secrets, see IndexReservation
  // The rest of the network; null: parties of this data centre alone.
  const ForeignParties* foreign = nullptr;
  DegradedPolicy degraded = {};    // the operator's choice
  const PublicLog* log = nullptr;  // null: none is kept
};

// ConfirmationService confirms countersigned orders (K8): what can be judged without the store on the asking
// thread, the rest by the sequencer. In between the homes of parties of other data centres are asked, which
// holds up nobody else. Thread-safe.
class ConfirmationService {
 public:
  using Answer = Sequencer::Answer;

  // Takes the data centre's sequence over for this process, and appends to the public log what it lacks
  // (log_catch_up.h). References outlive the service.
  static Result<std::unique_ptr<ConfirmationService>> start(ConfirmationParts parts,
                                                            SequencerOptions options = {});
  // Waits for the answers of homes that were asked; where ForeignParties' peers are stopped before, that is
  // soon.
  ~ConfirmationService();

  // Answers once, now or from the sequencer's thread, with a signed document. An Error is for what is not
  // well formed or not authenticated, and for what could not be stored or signed; nothing was recorded then.
  void confirm(Submission submission, const x509::Certificate& client, Answer answer);

  // The same; what is confirmed, or was before, is answered in the form of a receipt. Where no public log is
  // kept, or there is none to be had just now, by its CMS all the same: it is confirmed. Proof and document
  // take as long as a signature: who gets the maker calls it once, on a thread that has time for it, while
  // the service is there.
  using Maker = std::function<Result<Decision>()>;
  void confirm_for_receipt(Submission submission, const x509::Certificate& client,
                           std::function<void(Maker)> answer);

  // What a card company or service may know of a confirmation: the CMS of an Extract, made from the stored
  // confirmation after that was verified anew. For the merchant of the order alone, while its certificate is
  // good (kCertificateUnknown, kCertificateOnHold, kCertificateRevoked): kNotFound unless it was confirmed
  // for it, kConflict when it was another order under this id, kRateLimited. kCertificateUnknown also where
  // it was signed below a CA key of ours that was put out of force since.
  Result<Bytes> extract(const documents::ExtractRequest& request, const x509::Certificate& client);

  // The receipt of a confirmation of before, under the newest checkpoint, once there is one that enough
  // witnesses signed under that. For the same as an extract, with the same errors; kUnsupported where no
  // public log is kept, kGone for a confirmation that names none, or one that was ended; kUnavailable while
  // its entry cannot be proven.
  Result<Bytes> receipt(const documents::ExtractRequest& request, const x509::Certificate& client);

  // The purchaser's own way to its confirmation (K8). kNotFound unless all three belong together.
  Result<Bytes> find_for_purchaser(std::string_view order_id, const Sha256Digest& order_digest,
                                   const x509::Name& purchaser) const;
  // The same as a receipt; nothing where there is none to be had.
  Result<std::optional<Bytes>> find_receipt_for_purchaser(std::string_view order_id,
                                                          const Sha256Digest& order_digest,
                                                          const x509::Name& purchaser) const;

  // The same for the merchant of the order, who has proven its key.
  Result<Bytes> find_for_merchant(std::string_view order_id, const Sha256Digest& order_digest,
                                  const x509::Name& merchant) const;
  Result<std::optional<Bytes>> find_receipt_for_merchant(std::string_view order_id,
                                                         const Sha256Digest& order_digest,
                                                         const x509::Name& merchant) const;

  bool is_confirming() const { return sequencer_->is_confirming(); }
  SequencerCounts counts() const { return sequencer_->counts(); }

 private:
  ConfirmationService(ConfirmationParts parts, ConfirmationStore store);
  struct Asking;
  Result<Decision> refuse(const RefusedRequest& refused) const;
  Result<std::optional<StoredConfirmation>> find_stored(std::string_view merchant,
                                                        std::string_view order_id) const;
  Result<Decision> answer_refused(const RefusedRequest& refused, const x509::Certificate& client) const;
  Result<void> keep_map() const;
  void give_receipt(Result<Decision> decision, const std::function<void(Maker)>& answer);
  Result<Decision> in_receipt(Result<Decision> decision) const;
  void tell_no_receipt(const Error& error) const;
  void ask_homes(VerifiedRequest request, Answer answer);
  void go_on(Asking& asking);
  void note_silence(Asking& asking, const KnownCertificate& party, const Error& error) const;
  void tell_silence(const x509::Name& home, const Error& error) const;
  Result<StoredConfirmation> find_for_client(const documents::ExtractRequest& request,
                                             const x509::Certificate& client);
  Result<StoredConfirmation> find_of_merchant(std::string_view order_id, const Sha256Digest& order_digest,
                                              const x509::Name& merchant) const;
  Result<std::optional<Bytes>> receipt_or_none(const StoredConfirmation& stored) const;
  Result<bool> was_signed_below_a_ca_out_of_force(BytesView document) const;
  Result<documents::Confirmation> verify_stored(const StoredConfirmation& stored) const;

  const ConfirmationParts parts_;
  const ConfirmationStore store_;
  KnownCertificates known_;
  std::optional<Receipts> receipts_;                             // nothing without a public log
  RateLimit extracts_{6'000, std::chrono::minutes(1)};           // per merchant
  RateLimit receipts_asked_{6'000, std::chrono::minutes(1)};     // alike
  mutable RepeatedEvents silences_{std::chrono::minutes(1)};     // of homes; thread-safe
  mutable RepeatedEvents no_receipts_{std::chrono::minutes(1)};  // alike
  std::mutex mutex_;                                             // guards what follows
  std::condition_variable answered_;
  std::size_t asking_ = 0;                                     // requests whose homes are being asked
  WorkQueue receipt_makers_{{.threads = 1, .waiting = 4096}};  // of what was confirmed before
  std::unique_ptr<Sequencer> sequencer_;
};

class OrderForwarding;

// response_of is the HTTP answer to a request for a confirmation: the signed document or receipt, as its
// media type says; marked by its status and the header "Countersign-Document" where it is a refusal; else a
// problem.
http::Response response_of(Result<Decision> decision);

// add_confirmation_routes serves POST /v1/confirmations, /v1/extracts and /v1/receipts for merchants
// authenticated by TLS; orders of merchants of other data centres are handed on, where `forwarding` is not
// null. Both outlive the server.
void add_confirmation_routes(http::Router& router, ConfirmationService& service,
                             OrderForwarding* forwarding = nullptr);

}  // namespace countersign::authority
