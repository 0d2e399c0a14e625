// SPDX-License-Identifier: Apache-2.0
#include "merchant/applicant.h"

#include <algorithm>
#include <boost/json/object.hpp>

#include "base/log.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/json.h"
#include "documents/request.h"
#include "storage/file.h"
#include "x509/pkcs10.h"

namespace countersign::merchant {

namespace {

constexpr std::chrono::minutes kAfterFailure{10};

std::string key_authorization(std::string_view token, const crypto::PrivateKey& key) {
  return std::string(token) + "." + base64url_encode(key.public_key().spki_digest());
}

// What a renewal's challenge is answered with.
struct ChallengeAnswer {
  std::string token, authorization;
};

Result<ChallengeAnswer> load_answer(const std::filesystem::path& file) {
  TRY(const auto content, storage::read_file(file, 4096));
  TRY(auto reader, documents::ObjectReader::parse(content, "renewal"));
  ChallengeAnswer answer;
  TRY(answer.token, reader.text("token", 500));
  TRY(answer.authorization, reader.text("authorization", 600));
  TRY(reader.finish());
  return answer;
}

}  // namespace

std::string_view applicant_state_name(ApplicantState state) {
  switch (state) {
    case ApplicantState::kIdle:
      return "idle";
    case ApplicantState::kAwaitingChallenge:
      return "awaiting_challenge";
    case ApplicantState::kAwaitingApproval:
      return "awaiting_approval";
    case ApplicantState::kIssued:
      return "issued";
  }
  return "idle";
}

Applicant::Applicant(const std::filesystem::path& folder, ApplicantProfile profile, Identity& identity,
                     CertificateAccess& authority, const NetworkView& network, const Clock& clock)
    : file_(folder / "application.json"),
      renewal_file_(folder / "renewal.json"),
      profile_(std::move(profile)),
      identity_(identity),
      authority_(authority),
      network_(network),
      clock_(clock) {}

Result<x509::Name> Applicant::subject() const {
  TRY(const auto unit, network_.data_centre.child("OU", "merchants"));
  return unit.child("CN", profile_.name);
}

Result<std::optional<ApplicationTicket>> Applicant::load_ticket() const {
  if (!std::filesystem::exists(file_)) return std::nullopt;
  TRY(const auto content, storage::read_file(file_, 4096));
  TRY(auto reader, documents::ObjectReader::parse(content, "application"));
  ApplicationTicket ticket;
  TRY(ticket.id, reader.text("id", 500));
  TRY(ticket.secret, reader.text("secret", 500));
  TRY(ticket.challenge, reader.text("challenge", 500));
  TRY(reader.finish());
  return std::optional(std::move(ticket));
}

void Applicant::forget_ticket() const {
  std::error_code ignored;  // a leftover ticket is asked about once more and forgotten then
  std::filesystem::remove(file_, ignored);
}

Result<void> Applicant::submit() {
  const std::lock_guard lock(mutex_);
  if (identity_.signer())
    return fail(ErrorCode::kConflict, "there is a certificate already: renew it instead");
  TRY(const auto under_way, load_ticket());
  if (under_way) return fail(ErrorCode::kConflict, "application " + under_way->id + " is under way");
  TRY(const auto name, subject());
  TRY(auto pkcs10, x509::make_pkcs10(name, profile_.names, identity_.key()));
  TRY(const auto ticket, authority_.apply({.name = profile_.name,
                                           .pkcs10 = std::move(pkcs10),
                                           .email = profile_.email,
                                           .contact = profile_.contact,
                                           .telephone = profile_.telephone,
                                           .origins = profile_.names.origins,
                                           .challenge_port = profile_.challenge_port}));
  const boost::json::object stored{
      {"id", ticket.id}, {"secret", ticket.secret}, {"challenge", ticket.challenge}};
  TRY(storage::write_file(file_, as_bytes(documents::write_json(stored)), storage::FileMode::kPrivate));
  log_event(LogLevel::kInfo, "application_sent", {{"application", ticket.id}});
  return ok();
}

std::optional<std::string> Applicant::answer_challenge(std::string_view token) const {
  const auto renewal = load_answer(renewal_file_);
  if (renewal && renewal.value().token == token) return renewal.value().authorization;
  const auto ticket = load_ticket();
  if (!ticket || !ticket.value() || ticket.value()->challenge != token) return std::nullopt;
  return key_authorization(token, identity_.key());
}

Result<ApplicantState> Applicant::advance() {
  using State = ApplicationProgress::State;
  const std::lock_guard lock(mutex_);
  TRY(const auto ticket, load_ticket());
  if (!ticket) return identity_.signer() ? ApplicantState::kIssued : ApplicantState::kIdle;
  TRY(auto progress, authority_.progress(*ticket));
  if (progress.state == State::kAwaitingChallenge) {
    TRY(authority_.request_challenge(*ticket));
    TRY(progress, authority_.progress(*ticket));
  }
  switch (progress.state) {
    case State::kAwaitingChallenge:
      return ApplicantState::kAwaitingChallenge;
    case State::kAwaitingApproval:
      return ApplicantState::kAwaitingApproval;
    case State::kIssued: {
      TRY(install(*progress.certificate));
      forget_ticket();
      return ApplicantState::kIssued;
    }
    case State::kRejected: {
      forget_ticket();
      return fail(ErrorCode::kForbidden, "application rejected: " + progress.reason);
    }
    case State::kExpired:
      break;
  }
  forget_ticket();
  return fail(ErrorCode::kExpired, "application expired before it was decided");
}

Result<void> Applicant::install(const x509::Certificate& certificate) {
  TRY(const auto name, subject());
  if (!(certificate.subject() == name))
    return fail(ErrorCode::kNameNotPermitted, "the authority issued a certificate for another name");
  if (!(certificate.alternative_names() == profile_.names))
    return fail(ErrorCode::kNameNotPermitted,
                "the authority issued a certificate for other hosts or origins");
  const auto anchor = network_.anchor();
  TRY(x509::verify_path(certificate, *anchor, x509::Role::kMerchant, clock_.now()));
  TRY(identity_.install(certificate, *anchor->issuer_of(certificate)));
  log_event(LogLevel::kInfo, "certificate_installed", {{"serial", certificate.serial().hex()}});
  return ok();
}

Result<Bytes> Applicant::write_renewal(const x509::Signer& signer, const crypto::PrivateKey& next_key) const {
  TRY(const auto name, subject());
  TRY(auto pkcs10, x509::make_pkcs10(name, profile_.names, next_key));
  documents::MerchantRenewal renewal{.audience = network_.data_centre,
                                     .merchant = documents::reference_to(signer.certificate),
                                     .pkcs10 = std::move(pkcs10),
                                     .time = clock_.now(),
                                     .nonce = {}};
  std::ranges::copy(crypto::random_bytes(renewal.nonce.size()), renewal.nonce.begin());
  TRY(const auto content, documents::write_merchant_renewal(renewal));
  return x509::sign_cms(signer, content, {.signing_time = clock_.now()});
}

Result<x509::Certificate> Applicant::prove_and_repeat(BytesView renewal, const std::string& token,
                                                      const crypto::PrivateKey& next_key) {
  const boost::json::object answer{{"token", token}, {"authorization", key_authorization(token, next_key)}};
  TRY(storage::write_file(renewal_file_, as_bytes(documents::write_json(answer)),
                          storage::FileMode::kPrivate));
  auto progress = authority_.renew(renewal);
  std::error_code ignored;  // a leftover answers a token that nobody asks for any more
  std::filesystem::remove(renewal_file_, ignored);
  if (!progress) return fail(progress.error());
  if (!progress.value().certificate)
    return fail(ErrorCode::kUnsupported, "the authority challenges the same renewal twice");
  return std::move(*progress.value().certificate);
}

Result<void> Applicant::try_to_renew() {
  TRY(const auto signer, identity_.require_signer());
  TRY(const auto next_key, identity_.next_key());
  TRY(const auto renewal, write_renewal(signer, next_key));
  TRY(auto progress, authority_.renew(renewal));
  if (!progress.certificate) {
    TRY(progress.certificate, prove_and_repeat(renewal, progress.challenge, next_key));
  }
  if (!(progress.certificate->public_key() == next_key.public_key()))
    return fail(ErrorCode::kConflict, "the renewed certificate is for another key");
  return install(*progress.certificate);
}

Result<void> Applicant::renew() {
  const std::lock_guard lock(mutex_);
  auto renewed = try_to_renew();
  renew_after_ = renewed ? TimePoint{} : clock_.now() + kAfterFailure;
  return renewed;
}

Result<void> Applicant::follow_ca() {
  const std::lock_guard lock(mutex_);
  const auto signer = identity_.signer();
  if (!signer) return ok();
  const auto anchor = network_.anchor();
  if (std::ranges::find(anchor->data_centre_cas(), signer->chain.front()) != anchor->data_centre_cas().end())
    return ok();
  const x509::Certificate* ca = anchor->issuer_of(signer->certificate);
  return ca == nullptr ? ok() : identity_.use_ca(*ca);
}

bool Applicant::is_renewal_due() const {
  const std::lock_guard lock(mutex_);
  const auto signer = identity_.signer();
  if (!signer || clock_.now() < renew_after_) return false;
  const auto life = signer->certificate.not_after() - signer->certificate.not_before();
  return clock_.now() > signer->certificate.not_after() - life / 3;
}

}  // namespace countersign::merchant
