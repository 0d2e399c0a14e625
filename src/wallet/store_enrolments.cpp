// SPDX-License-Identifier: Apache-2.0
// The enrolments that a wallet keeps, and whom they let it trust.
#include <algorithm>

#include "crypto/seal.h"
#include "wallet/state_names.h"

namespace countersign::wallet {
namespace {

constexpr std::string_view kEnrolmentColumns =
    "SELECT id, authority, root, token, state, created, consent, key_file, signing_key, agreement_key, "
    "suspension_code FROM enrolment ";

std::string key_of(const std::string& enrolment) {
  return "enrolment-" + enrolment;
}

}  // namespace

std::string_view state_name(EnrolmentState state) {
  switch (state) {
    case EnrolmentState::kLinked:
      return "linked";
    case EnrolmentState::kFetched:
      return "fetched";
    case EnrolmentState::kImported:
      return "imported";
    case EnrolmentState::kActive:
      return "active";
  }
  return "linked";
}

Result<EnrolmentRecord> WalletStore::read_enrolment(const storage::Row& row) const {
  constexpr std::array kStates{EnrolmentState::kLinked, EnrolmentState::kFetched, EnrolmentState::kImported,
                               EnrolmentState::kActive};
  EnrolmentRecord record;
  record.id = row.text(0);
  record.authority = row.text(1);
  std::copy_n(row.blob(2).begin(), record.root.size(), record.root.begin());
  TRY(const auto token, unseal(row.blob(3), "token " + record.id));
  record.token = to_text(token);
  TRY(record.state, state_of(row.text(4), kStates));
  record.created = from_unix_seconds(row.integer(5));
  if (!row.blob(6).empty()) {
    TRY(record.consent, unseal(row.blob(6), "consent " + record.id));
  }
  if (!row.blob(7).empty()) {
    TRY(const auto key, secrets_.load(key_of(record.id)));
    TRY(const auto opened, crypto::open_sealed(key, row.blob(7), "key file " + record.id));
    record.key_file = to_bytes(opened.reveal(crypto::SecretAccess()));
  }
  record.signing_key = row.text(8);
  record.agreement_key = row.text(9);
  if (!row.blob(10).empty()) {
    TRY(const auto code, unseal(row.blob(10), "suspension code " + record.id));
    record.suspension_code = to_text(code);
  }
  return record;
}

Result<void> WalletStore::add_enrolment(const EnrolmentRecord& record) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO enrolment (id, authority, root, token, state, created, consent, key_file, signing_key, "
        "agreement_key, suspension_code) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, '', '', $7)",
        {record.id, record.authority, to_bytes(record.root),
         seal(as_bytes(record.token), "token " + record.id), std::string(state_name(record.state)),
         unix_seconds(record.created), Bytes{}}));
    return ok();
  });
}

Result<std::optional<EnrolmentRecord>> WalletStore::find_enrolment(const std::string& id) {
  std::optional<EnrolmentRecord> found;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one(std::string(kEnrolmentColumns) + "WHERE id = $1", {id}));
    if (row) {
      TRY(found, read_enrolment(*row));
    }
    return ok();
  }));
  return found;
}

Result<std::vector<EnrolmentRecord>> WalletStore::enrolments() {
  std::vector<EnrolmentRecord> records;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    const auto sql = std::string(kEnrolmentColumns) + "ORDER BY created DESC, id DESC LIMIT 200";
    TRY(const auto rows, reader.query(sql, {}));
    for (const auto& row : rows) {
      TRY(auto record, read_enrolment(row));
      records.push_back(std::move(record));
    }
    return ok();
  }));
  return records;
}

Result<void> WalletStore::keep_fetched(const std::string& id, BytesView consent, BytesView key_file) {
  TRY(const auto key, secrets_.load_or_create(key_of(id), crypto::kSealKeySize));
  const Bytes sealed_file = key_file.empty() ? Bytes{} : crypto::seal(key, key_file, "key file " + id);
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "UPDATE enrolment SET state = 'fetched', consent = $2, key_file = $3 WHERE id = $1",
        {id, seal(consent, "consent " + id), sealed_file}));
    return ok();
  });
}

Result<void> WalletStore::keep_imported(const EnrolmentRecord& record, const x509::Certificate& root,
                                        const std::vector<x509::Certificate>& authorities) {
  TRY(database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(
        transaction.execute("UPDATE enrolment SET state = 'imported', key_file = $2, signing_key = $3, "
                            "agreement_key = $4 WHERE id = $1",
                            {record.id, Bytes{}, record.signing_key, record.agreement_key}));
    const Bytes root_fingerprint = to_bytes(root.fingerprint());
    std::vector<x509::Certificate> trusted = authorities;
    trusted.push_back(root);
    for (const auto& certificate : trusted) {
      TRY(
          transaction.execute("INSERT INTO trusted (fingerprint, root, certificate) VALUES ($1, $2, $3) "
                              "ON CONFLICT (fingerprint) DO NOTHING",
                              {to_bytes(certificate.fingerprint()), root_fingerprint, certificate.der()}));
    }
    return ok();
  }));
  return secrets_.destroy(key_of(record.id));
}

Result<void> WalletStore::keep_active(const std::string& id, const std::string& suspension_code) {
  TRY(secrets_.destroy(key_of(id)));  // again, should a crash have come between import and forgetting
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE enrolment SET state = 'active', suspension_code = $2 WHERE id = $1",
                            {id, seal(as_bytes(suspension_code), "suspension code " + id)}));
    return ok();
  });
}

Result<void> WalletStore::keep_renewed(const std::string& id, const std::string& signing_key,
                                       const std::string& agreement_key) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE enrolment SET signing_key = $2, agreement_key = $3 WHERE id = $1",
                            {id, signing_key, agreement_key}));
    return ok();
  });
}

Result<std::shared_ptr<const x509::TrustAnchor>> WalletStore::trust_anchor(const Sha256Digest& root,
                                                                           TimePoint now) {
  std::optional<x509::Certificate> trusted_root;
  std::vector<x509::Certificate> authorities;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT certificate FROM trusted WHERE root = $1", {to_bytes(root)}));
    for (const auto& row : rows) {
      TRY(auto certificate, x509::Certificate::from_der(row.blob(0)));
      if (certificate.fingerprint() == root) {
        trusted_root = std::move(certificate);
      } else if (certificate.not_after() > now) {
        authorities.push_back(std::move(certificate));
      }
    }
    return ok();
  }));
  if (!trusted_root) return fail(ErrorCode::kNotFound, "no network is trusted yet");
  TRY(auto anchor, x509::TrustAnchor::create(*trusted_root, std::move(authorities), now));
  return std::make_shared<const x509::TrustAnchor>(std::move(anchor));
}

}  // namespace countersign::wallet
