// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/merchant_renewal.h"

#include <array>

#include "authority/issuing/application_form.h"
#include "authority/issuing/client_identity.h"
#include "authority/issuing/issue_certificate.h"
#include "crypto/digest.h"
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
)sql"}};

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

Result<MerchantRenewals> MerchantRenewals::open(const AuthorityContext& context) {
  TRY(context.database.migrate("merchant_renewals", kMigrations));
  return MerchantRenewals(context);
}

Result<x509::Certificate> MerchantRenewals::renew(BytesView cms) const {
  const auto now = context_->clock.now();
  TRY(const auto document,
      x509::verify_signed_document(cms, *context_->keys.anchor, x509::Role::kMerchant, now));
  const auto& old = document.signer;
  TRY(const auto renewal, documents::parse_merchant_renewal(document.cms.content));
  if (!(renewal.audience == context_->keys.data_centre)) {
    return fail(ErrorCode::kForbidden, "merchant-renewal.audience: is not this data centre");
  }
  if (!(renewal.merchant == documents::reference_to(old))) {
    return fail(ErrorCode::kForbidden, "merchant-renewal.merchant: is not the signer");
  }
  TRY(const auto request, check_request(renewal, old));
  const auto digest = crypto::sha256(cms);

  std::optional<x509::Certificate> issued;
  TRY(context_->database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(require_active(context_->directory, transaction, old));
    TRY(issued, renewed_before(*context_, transaction, renewal.nonce, digest));
    if (issued) return ok();
    TRY(is_timely(renewal.time, now));
    TRY(issued, issue_into_directory(*context_, transaction,
                                     {.role = x509::Role::kMerchant,
                                      .subject = old.subject(),
                                      .key = request.key,
                                      .alternative_names = old.alternative_names(),
                                      .key_origin = x509::KeyOrigin::kHolder,
                                      .registered_by = {},
                                      .entry = {CertificateState::kActive, "", ""},
                                      .actor = "merchant:" + old.subject().text()}));
    TRY(transaction.execute(
        "INSERT INTO merchant_renewal (nonce, request_digest, serial) VALUES ($1, $2, $3)",
        {to_bytes(renewal.nonce), to_bytes(digest), issued->serial().bytes()}));
    return ok();
  }));
  return *issued;
}

}  // namespace countersign::authority
