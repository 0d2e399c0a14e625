// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/confirmation_service.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "crypto/digest.h"
#include "documents/extract.h"
#include "network/path_begins.h"

namespace countersign::authority {
namespace {

constexpr std::size_t kKnownCertificates = 20'000;

const KnownCertificate* foreign_company(const VerifiedRequest& request) {
  if (!request.review || !request.review->company || !request.review->company->foreign) return nullptr;
  return request.review->company.get();
}

}  // namespace

// One request whose parties' homes are being asked.
struct ConfirmationService::Asking {
  Asking(VerifiedRequest asked, Answer asker) : request(std::move(asked)), answer(std::move(asker)) {}

  VerifiedRequest request;
  Answer answer;
  std::mutex mutex;  // guards what follows, and the statuses of `request`
  std::vector<documents::RefusalReason> unreachable;
  int waiting = 1;  // answers that have not come, and whoever still asks
};

ConfirmationService::ConfirmationService(ConfirmationParts parts, ConfirmationStore store)
    : parts_(std::move(parts)),
      store_(store),
      known_(parts_.anchor, parts_.database, parts_.directory, {}, kKnownCertificates, parts_.foreign) {
  if (parts_.log != nullptr)
    receipts_.emplace(
        Receipts::Parts{parts_.log->reader, parts_.log->appender, parts_.log->maps, parts_.log->witnesses});
}

ConfirmationService::~ConfirmationService() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return asking_ == 0; });
}

Result<std::unique_ptr<ConfirmationService>> ConfirmationService::start(ConfirmationParts parts,
                                                                        SequencerOptions options) {
  if (parts.signer.signer().certificate.role() != x509::Role::kConfirmationSigner) {
    return fail(ErrorCode::kWrongRole, "confirmation key: its certificate is not a confirmation signer's");
  }
  TRY(auto store, ConfirmationStore::open(parts.database));
  std::unique_ptr<ConfirmationService> service(new ConfirmationService(std::move(parts), store));
  const ConfirmationParts& kept = service->parts_;
  TRY(service->sequencer_,
      Sequencer::start(kept.database,
                       {kept.signer, kept.data_centre, service->store_, kept.directory, kept.audit, kept.ocsp,
                        kept.foreign, &kept.degraded, kept.log == nullptr ? nullptr : &kept.log->appender},
                       kept.clock, kept.reservation_file, options,
                       kept.log == nullptr ? nullptr : kept.log->witnesses));
  return service;
}

// Before anything is decided by it. One that is over decides nothing.
Result<void> ConfirmationService::keep_map() const {
  if (parts_.log == nullptr || !parts_.log->current) return ok();
  const auto view = parts_.log->current();
  if (!view) return ok();
  return parts_.log->maps.keep(*view.value(), parts_.clock.now());
}

void ConfirmationService::confirm(Submission submission, const x509::Certificate& client, Answer answer) {
  if (const auto kept = keep_map(); !kept) return answer(fail(kept.error()));
  Result<JudgedRequest> judged =
      verify_request(std::move(submission), client, parts_.data_centre, known_, parts_.foreign);
  if (!judged) return answer(fail(judged.error()));
  if (const auto* refused = std::get_if<RefusedRequest>(&judged.value()))
    return answer(answer_refused(*refused, client));
  auto request = std::get<VerifiedRequest>(std::move(judged).value());
  if (request.purchaser->foreign || foreign_company(request) != nullptr)
    return ask_homes(std::move(request), std::move(answer));
  sequencer_->submit(std::move(request), std::move(answer));
}

void ConfirmationService::confirm_for_receipt(Submission submission, const x509::Certificate& client,
                                              std::function<void(Maker)> answer) {
  confirm(std::move(submission), client, [this, answer = std::move(answer)](Result<Decision> decision) {
    give_receipt(std::move(decision), answer);
  });
}

// What was confirmed before is proven out of the store, which takes a thread that may wait for it.
void ConfirmationService::give_receipt(Result<Decision> decision, const std::function<void(Maker)>& answer) {
  const bool is_proven_by_the_store = decision && decision.value().place && !decision.value().place->head;
  const auto decided = std::make_shared<Result<Decision>>(std::move(decision));
  if (!is_proven_by_the_store) return answer([this, decided] { return in_receipt(std::move(*decided)); });
  const Maker as_it_is = [decided] { return std::move(*decided); };
  const auto submitted = receipt_makers_.submit([this, decided, as_it_is, answer] {
    *decided = in_receipt(std::move(*decided));
    answer(as_it_is);
  });
  if (!submitted) answer(as_it_is);
}

Result<Decision> ConfirmationService::in_receipt(Result<Decision> decision) const {
  if (!receipts_ || !decision || !decision.value().place) return decision;
  auto receipt = receipts_->of_decision(decision.value());
  if (receipt) return receipt;
  tell_no_receipt(receipt.error());
  return decision;
}

// That there is none of a confirmation that names no log is as it should be.
void ConfirmationService::tell_no_receipt(const Error& error) const {
  if (error.code == ErrorCode::kGone) return;
  const auto count = no_receipts_.note(std::string(error_name(error.code)), std::chrono::steady_clock::now());
  if (count) log_error("no_receipt", error, {{"times", std::to_string(*count)}});
}

// What was confirmed for this merchant stays so, also when its purchaser could not be found out any more: the
// map is over, or the purchaser's home has left the network.
Result<Decision> ConfirmationService::answer_refused(const RefusedRequest& refused,
                                                     const x509::Certificate& client) const {
  if (refused.order_digest) {
    TRY(auto stored, find_stored(client.subject().text(), refused.order_id));
    if (stored && stored->order_digest == *refused.order_digest)
      return Decision{Decision::Kind::kRepeated, stored->document, ErrorCode::kInternal,
                      place_of(*stored, parts_.log == nullptr ? nullptr : &parts_.log->appender)};
  }
  return refuse(refused);
}

Result<std::optional<StoredConfirmation>> ConfirmationService::find_stored(std::string_view merchant,
                                                                           std::string_view order_id) const {
  std::optional<StoredConfirmation> stored;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(stored, store_.find(reader, merchant, order_id));
    return ok();
  }));
  return stored;
}

// Whoever is known, and whose home's feed is live, needs no asking. An order that is known already is
// answered without asking anybody; the sequencer does that.
void ConfirmationService::ask_homes(VerifiedRequest request, Answer answer) {
  const KnownCertificate* const company = foreign_company(request);
  if (request.purchaser->foreign)
    request.purchaser_status = parts_.foreign->known_status(request.purchaser->foreign);
  if (company != nullptr) request.company_status = parts_.foreign->known_status(company->foreign);
  const bool asks_purchasers = request.purchaser->foreign && !request.purchaser_status;
  const bool asks_companys = company != nullptr && !request.company_status;
  if (!asks_purchasers && !asks_companys) return sequencer_->submit(std::move(request), std::move(answer));

  const auto stored = find_stored(request.merchant->subject, request.order.id);
  if (!stored) return answer(fail(stored.error()));
  if (stored.value()) return sequencer_->submit(std::move(request), std::move(answer));

  // Over once nobody has it any more, however that comes; under the lock, so that the service is not gone
  // before this has returned from it.
  const std::shared_ptr<Asking> asking(new Asking(std::move(request), std::move(answer)),
                                       [this](Asking* over) {
                                         delete over;
                                         const std::lock_guard lock(mutex_);
                                         --asking_;
                                         answered_.notify_all();
                                       });
  {
    const std::lock_guard lock(mutex_);
    ++asking_;
  }
  const auto ask = [&](const KnownCertificate& party, auto status) {
    {
      const std::lock_guard lock(asking->mutex);
      ++asking->waiting;
    }
    parts_.foreign->ask_status(party.foreign, [this, asking, &party, status](auto said) {
      {
        const std::lock_guard lock(asking->mutex);
        if (said) {
          asking->request.*status = std::move(said).value();
        } else {
          note_silence(*asking, party, said.error());
        }
      }
      go_on(*asking);
    });
  };
  // Both stay where they are while the request does.
  if (asks_purchasers) ask(*asking->request.purchaser, &VerifiedRequest::purchaser_status);
  if (asks_companys) ask(*company, &VerifiedRequest::company_status);
  go_on(*asking);
}

// What is known of a party all the same counts: a change that its feed told, or, where the operator chose so,
// that a purchaser was good when last something was known; the sequencer decides by it. Of a card company a
// confirmation says nothing that could be called degraded.
void ConfirmationService::note_silence(Asking& asking, const KnownCertificate& party,
                                       const Error& error) const {
  tell_silence(party.foreign->route.home->name, error);
  VerifiedRequest& request = asking.request;
  const bool is_purchaser = &party == request.purchaser.get();
  const bool may_degrade = is_purchaser && parts_.degraded.permits(request.order.total);
  const auto judged = parts_.foreign->judge(*party.foreign, nullptr, parts_.clock.now(), kClockTolerance,
                                            may_degrade ? &parts_.degraded : nullptr);
  if (judged || judged.error().code != ErrorCode::kHomeUnreachable) {
    if (is_purchaser) request.is_home_unreachable = true;
    return;
  }
  parts_.foreign->note(*party.foreign, FollowedHome::Decided::kUnreachable);
  // Why is for the operator: whoever sits on the way to the home could make a reason of any kind.
  asking.unreachable.push_back({ErrorCode::kHomeUnreachable,
                                std::string(is_purchaser ? "purchaser" : "card company") + ": its home " +
                                    party.foreign->route.home->name.text() + " gave no status to rely on"});
}

// Once all have answered the sequencer decides; where one did not nothing is decided, and the same order can
// come again.
void ConfirmationService::go_on(Asking& asking) {
  {
    const std::lock_guard lock(asking.mutex);
    if (--asking.waiting > 0) return;
  }
  if (asking.unreachable.empty()) {
    sequencer_->submit(std::move(asking.request), std::move(asking.answer));
  } else {
    asking.answer(refuse({crypto::sha256(asking.request.countersigned_order), asking.request.order.id,
                          std::move(asking.unreachable)}));
  }
}

// Who buys while a home is down would otherwise fill the log.
void ConfirmationService::tell_silence(const x509::Name& home, const Error& error) const {
  const auto count = silences_.note(home.text(), std::chrono::steady_clock::now());
  if (count) log_error("home_unreachable", error, {{"home", home.text()}, {"times", std::to_string(*count)}});
}

Result<Decision> ConfirmationService::refuse(const RefusedRequest& refused) const {
  TRY(Bytes document, sign_refusal(parts_.signer, parts_.data_centre, refused, parts_.clock.now()));
  return Decision{Decision::Kind::kRefused, std::move(document), refused.reasons.front().code};
}

Result<Bytes> ConfirmationService::extract(const documents::ExtractRequest& request,
                                           const x509::Certificate& client) {
  const TimePoint now = parts_.clock.now();
  TRY(extracts_.admit(client.subject().text(), now));
  TRY(const StoredConfirmation stored, find_for_client(request, client));
  TRY(const documents::Confirmation confirmation, verify_stored(stored));
  TRY(const Bytes json, documents::write_extract(documents::extract_of(confirmation)));
  return parts_.signer.sign(json, {x509::ContentType::kData, now});
}

Result<StoredConfirmation> ConfirmationService::find_for_client(const documents::ExtractRequest& request,
                                                                const x509::Certificate& client) {
  TRY(known_.find(client.fingerprint()));
  std::optional<StoredConfirmation> stored;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto status, parts_.directory.quick_status(reader, client.serial()));
    if (const auto reason = judge_status(status, "merchant")) return fail(reason->code, reason->detail);
    TRY(stored, store_.find(reader, client.subject().text(), request.order_id));
    return ok();
  }));
  if (!stored) return fail(ErrorCode::kNotFound, "no confirmation of this order for this merchant");
  if (stored->order_digest != request.order_digest)
    return fail(ErrorCode::kConflict, "another order of this merchant has this id");
  return std::move(*stored);
}

Result<Bytes> ConfirmationService::receipt(const documents::ExtractRequest& request,
                                           const x509::Certificate& client) {
  if (!receipts_) return fail(ErrorCode::kUnsupported, "receipts: this data centre keeps no public log");
  TRY(receipts_asked_.admit(client.subject().text(), parts_.clock.now()));
  TRY(const StoredConfirmation stored, find_for_client(request, client));
  return receipts_->of_stored(stored);
}

namespace {

// Judged when it was made, or when the CA above its signer was certified anew since then, by the root that
// the network has passed to. CAs that came later say nothing about it.
Result<x509::SignedDocument> verify_as_of(TimePoint made, BytesView document,
                                          const x509::TrustAnchor& anchor) {
  TRY(const auto cms, x509::UnverifiedCms::parse(document));
  TRY(const auto signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  return x509::verify_signed_document(document, anchor, x509::Role::kConfirmationSigner,
                                      std::max(made, network::path_begins(signer, anchor)));
}

}  // namespace

// Whether its signer is ours, by the directory, and certified under a CA key that is not in force any more.
Result<bool> ConfirmationService::was_signed_below_a_ca_out_of_force(BytesView document) const {
  TRY(const auto cms, x509::UnverifiedCms::parse(document));
  TRY(const auto signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  if (signer.role() != x509::Role::kConfirmationSigner || parts_.anchor->issuer_of(signer) != nullptr)
    return false;
  bool is_ours = false;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto entry, parts_.directory.find_by_fingerprint(reader, signer.fingerprint()));
    is_ours = entry.has_value();
    return ok();
  }));
  return is_ours;
}

// Whoever can write into the store must not get signed what was never confirmed.
Result<documents::Confirmation> ConfirmationService::verify_stored(const StoredConfirmation& stored) const {
  const auto broken = [&](const std::string& what) {
    return fail(ErrorCode::kInternal, "confirmation " + stored.id + ": " + what);
  };
  const auto document = verify_as_of(stored.time, stored.document, *parts_.anchor);
  if (!document && document.error().code == ErrorCode::kCertificateUnknown) {
    TRY(const bool is_ours, was_signed_below_a_ca_out_of_force(stored.document));
    if (is_ours)
      return fail(document.error(),
                  "confirmation " + stored.id + ": signed below a CA key that was put out of force");
  }
  if (!document) return broken(document.error().detail);
  auto confirmation = documents::parse_confirmation(document.value().cms.content);
  if (!confirmation) return broken(confirmation.error().detail);
  const documents::Confirmation& said = confirmation.value();
  if (said.data_centre != parts_.data_centre || said.time != stored.time ||
      said.order_id != stored.order_id || said.order_digest != stored.order_digest ||
      said.merchant.subject.text() != stored.merchant)
    return broken("says something else than its row");
  return confirmation;
}

Result<Bytes> ConfirmationService::find_for_purchaser(std::string_view order_id,
                                                      const Sha256Digest& order_digest,
                                                      const x509::Name& purchaser) const {
  Bytes document;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(document, store_.find_for_purchaser(reader, order_id, order_digest, purchaser));
    return ok();
  }));
  return document;
}

Result<std::optional<Bytes>> ConfirmationService::find_receipt_for_purchaser(
    std::string_view order_id, const Sha256Digest& order_digest, const x509::Name& purchaser) const {
  if (!receipts_) return std::optional<Bytes>();
  StoredConfirmation stored;
  TRY(parts_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(stored, store_.find_stored_for_purchaser(reader, order_id, order_digest, purchaser));
    return ok();
  }));
  return receipt_or_none(stored);
}

Result<std::optional<Bytes>> ConfirmationService::receipt_or_none(const StoredConfirmation& stored) const {
  auto receipt = receipts_->of_stored(stored);
  if (receipt) return std::optional(std::move(receipt).value());
  tell_no_receipt(receipt.error());
  return std::optional<Bytes>();
}

// Another order under this id is not found either: who signed it knows its digest.
Result<StoredConfirmation> ConfirmationService::find_of_merchant(std::string_view order_id,
                                                                 const Sha256Digest& order_digest,
                                                                 const x509::Name& merchant) const {
  TRY(auto stored, find_stored(merchant.text(), order_id));
  if (!stored || stored->order_digest != order_digest)
    return fail(ErrorCode::kNotFound, "no confirmation of this order for this merchant");
  return std::move(*stored);
}

Result<Bytes> ConfirmationService::find_for_merchant(std::string_view order_id,
                                                     const Sha256Digest& order_digest,
                                                     const x509::Name& merchant) const {
  TRY(auto stored, find_of_merchant(order_id, order_digest, merchant));
  return std::move(stored.document);
}

Result<std::optional<Bytes>> ConfirmationService::find_receipt_for_merchant(
    std::string_view order_id, const Sha256Digest& order_digest, const x509::Name& merchant) const {
  if (!receipts_) return std::optional<Bytes>();
  TRY(const auto stored, find_of_merchant(order_id, order_digest, merchant));
  return receipt_or_none(stored);
}

}  // namespace countersign::authority
