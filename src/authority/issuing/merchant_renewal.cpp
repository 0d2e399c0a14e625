// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/merchant_renewal.h"

#include <array>

#include "authority/issuing/application_form.h"
#include "authority/issuing/client_identity.h"
#include "authority/issuing/issue_certificate.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/request.h"
#include "x509/pkcs10.h"

namespace countersign::authority {

namespace {

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE merchant_renewal (
  nonce BLOB NOT NULL PRIMARY KEY,
  request_digest BLOB NOT NULL,
  serial BLOB NOT NULL
);
)sql"},
                                    storage::Migration{2, R"sql(
CREATE TABLE merchant_renewal_challenge (
  nonce BLOB NOT NULL PRIMARY KEY,
  request_digest BLOB NOT NULL,
  token TEXT NOT NULL,
  created BIGINT NOT NULL
);
)sql"}};

constexpr std::chrono::hours kKeptChallenge{1};  // far longer than a request is timely

// The certificate that this very request got before, if it did.
Result<std::optional<x509::Certificate>> renewed_before(const AuthorityContext& context,
                                                        storage::Reader& reader, const Sha256Digest& nonce,
                                                        const Sha256Digest& request) {
  TRY(const auto row, reader.query_one("SELECT request_digest, serial FROM merchant_renewal WHERE nonce = $1",
                                       {to_bytes(nonce)}));
  if (!row) return std::optional<x509::Certificate>{};
  if (!equal(row->blob(0), request))
    return fail(ErrorCode::kConflict, "merchant-renewal: its nonce was used before");
  TRY(const auto serial, x509::SerialNumber::from_bytes(row->blob(1)));
  TRY(auto entry, context.directory.find_by_serial(reader, serial));
  if (!entry) return fail(ErrorCode::kInternal, "merchant-renewal: its certificate is not in the directory");
  return std::optional<x509::Certificate>{entry->certificate};
}

// The token that this very request was challenged with; empty when it was not.
Result<std::string> challenge_of(storage::Reader& reader, const Sha256Digest& nonce,
                                 const Sha256Digest& request) {
  TRY(const auto row,
      reader.query_one("SELECT request_digest, token FROM merchant_renewal_challenge WHERE nonce = $1",
                       {to_bytes(nonce)}));
  if (!row) return std::string();
  if (!equal(row->blob(0), request))
    return fail(ErrorCode::kConflict, "merchant-renewal: its nonce was used before");
  return row->text(1);
}

Result<x509::Pkcs10> check_request(const documents::MerchantRenewal& renewal, const x509::Certificate& old) {
  TRY(auto request, x509::verify_pkcs10(renewal.pkcs10));
  if (!(request.subject == old.subject())) {
    return fail(ErrorCode::kNameNotPermitted,
                "merchant-renewal.pkcs10: subject is not the one to be renewed");
  }
  if (request.key.kind() != crypto::KeyKind::kP256) {
    return fail(ErrorCode::kUnsupported, "merchant-renewal.pkcs10: key is not P-256");
  }
  if (request.key == old.public_key()) {
    return fail(ErrorCode::kConflict, "merchant-renewal.pkcs10: the key is the old one");
  }
  TRY(check_alternative_names(request.alternative_names, old.alternative_names()));
  return request;
}

}  // namespace

Result<std::unique_ptr<MerchantRenewals>> MerchantRenewals::open(const AuthorityContext& context,
                                                                 OriginFetch& fetch, RenewalPolicy policy) {
  TRY(context.database.migrate("merchant_renewals", kMigrations));
  TRY(const auto applications, ApplicationStore::open(context.database));
  return std::unique_ptr<MerchantRenewals>(new MerchantRenewals(context, fetch, policy, applications));
}

// A challenge for a request that has none yet; a merchant that lost the answer makes a new request. The token
// is the authority's: one that the merchant chose could have been put in place while another controlled the
// origin.
Result<RenewalAnswer> MerchantRenewals::challenge(const Sha256Digest& nonce, const Sha256Digest& request) {
  RenewalAnswer answer{std::nullopt, crypto::random_token()};
  const auto now = context_.clock.now();
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("DELETE FROM merchant_renewal_challenge WHERE created < $1",
                            {unix_seconds(now - kKeptChallenge)}));
    TRY(
        transaction.execute("INSERT INTO merchant_renewal_challenge (nonce, request_digest, token, created) "
                            "VALUES ($1, $2, $3, $4)",
                            {to_bytes(nonce), to_bytes(request), answer.challenge_token, unix_seconds(now)}));
    return ok();
  }));
  return answer;
}

Result<x509::Certificate> MerchantRenewals::issue(storage::Transaction& transaction,
                                                  const x509::Certificate& old,
                                                  const crypto::PublicKey& key) {
  return issue_into_directory(context_, transaction,
                              {.role = x509::Role::kMerchant,
                               .subject = old.subject(),
                               .key = key,
                               .alternative_names = old.alternative_names(),
                               .key_origin = x509::KeyOrigin::kHolder,
                               .registered_by = {},
                               .entry = {CertificateState::kActive, "", ""},
                               .actor = "merchant:" + old.subject().text()});
}

Result<void> MerchantRenewals::record_proof(storage::Transaction& transaction, const x509::Certificate& old,
                                            const Sha256Digest& nonce) {
  TRY(transaction.execute("DELETE FROM merchant_renewal_challenge WHERE nonce = $1", {to_bytes(nonce)}));
  TRY(auto application, applications_.find_issued(transaction, old.subject().text()));
  if (application) {
    application->proved = context_.clock.now();
    TRY(applications_.update(transaction, *application));
  }
  const AuditEntry record{"merchant:" + old.subject().text(), "prove_control", old.serial().hex(),
                          "all origins"};
  return context_.audit.append(transaction, {&record, 1}, context_.clock.now());
}

Result<RenewalAnswer> MerchantRenewals::renew(BytesView cms) {
  const auto now = context_.clock.now();
  TRY(const auto document,
      x509::verify_signed_document(cms, *context_.keys.anchor, x509::Role::kMerchant, now));
  const auto& old = document.signer;
  TRY(const auto renewal, documents::parse_merchant_renewal(document.cms.content));
  if (!(renewal.audience == context_.keys.data_centre)) {
    return fail(ErrorCode::kForbidden, "merchant-renewal.audience: is not this data centre");
  }
  if (!(renewal.merchant == documents::reference_to(old))) {
    return fail(ErrorCode::kForbidden, "merchant-renewal.merchant: is not the signer");
  }
  TRY(const auto request, check_request(renewal, old));
  const auto digest = crypto::sha256(cms);

  std::optional<x509::Certificate> issued;
  std::optional<Application> application;
  std::string token;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(require_active(context_.directory, reader, old));
    TRY(issued, renewed_before(context_, reader, renewal.nonce, digest));
    TRY(application, applications_.find_issued(reader, old.subject().text()));
    TRY(token, challenge_of(reader, renewal.nonce, digest));
    return ok();
  }));
  if (issued) return RenewalAnswer{issued, ""};
  TRY(is_timely(renewal.time, now));
  const bool is_proved = application && application->proved + policy_.proof_lasts > now;
  if (!is_proved) {
    TRY(proofs_.admit(old.subject().text(), now));
    if (token.empty()) return challenge(renewal.nonce, digest);
    const unsigned short port = application ? application->challenge_port : 0;
    TRY(check_origin_control(fetch_, old.alternative_names().origins, port, token, request.key));
  }
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(require_active(context_.directory, transaction, old));
    TRY(issued, renewed_before(context_, transaction, renewal.nonce, digest));
    if (issued) return ok();
    if (!is_proved) {
      TRY(record_proof(transaction, old, renewal.nonce));
    }
    TRY(issued, issue(transaction, old, request.key));
    TRY(transaction.execute(
        "INSERT INTO merchant_renewal (nonce, request_digest, serial) VALUES ($1, $2, $3)",
        {to_bytes(renewal.nonce), to_bytes(digest), issued->serial().bytes()}));
    return ok();
  }));
  return RenewalAnswer{issued, ""};
}

}  // namespace countersign::authority
