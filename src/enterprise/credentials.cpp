// SPDX-License-Identifier: Apache-2.0
#include "enterprise/credentials.h"

#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace countersign::enterprise {
namespace {

constexpr std::string_view kPrefix = "csp_";
constexpr std::size_t kIdDigits = 16;
constexpr std::string_view kSelect =
    "SELECT id, name, may_ask, may_approve, created, revoked, digest, is_software FROM purchase_credentials ";

std::string folded(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

Credential credential_of(const storage::Row& row) {
  Credential credential{row.text(0),
                        row.text(1),
                        row.integer(7) != 0 ? Bearer::kSoftware : Bearer::kPerson,
                        {row.integer(2) != 0, row.integer(3) != 0},
                        from_unix_seconds(row.integer(4)),
                        std::nullopt};
  if (!row.is_null(5)) credential.revoked = from_unix_seconds(row.integer(5));
  return credential;
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == ' ' || name.back() == ' ') return false;
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

// Whoever is known as "kim" cannot be somebody else as "Kim", nor a program.
Result<void> expect_same_bearer(storage::Reader& reader, std::string_view name, Bearer bearer) {
  TRY(const auto row, reader.query_one("SELECT name, is_software FROM purchase_credentials WHERE folded = $1",
                                       {folded(name)}));
  if (!row) return ok();
  if (row->text(0) != name) return fail(ErrorCode::kConflict, "name: is known as " + row->text(0));
  if ((row->integer(1) != 0) != (bearer == Bearer::kSoftware))
    return fail(ErrorCode::kConflict, "name: of a person and of software");
  return ok();
}

}  // namespace

Result<NewCredential> create_credential(storage::Database& database, std::string_view name, Bearer bearer,
                                        Rights rights, TimePoint now) {
  if (!is_name(name)) return fail(ErrorCode::kMalformed, "name: 1–64 octets, no control characters");
  if (!rights.ask && !rights.approve) return fail(ErrorCode::kMalformed, "rights: none");
  if (bearer == Bearer::kSoftware && rights.approve)
    return fail(ErrorCode::kMalformed, "rights: people approve, software does not");
  NewCredential made{
      {hex_encode(crypto::random_bytes(kIdDigits / 2)), std::string(name), bearer, rights, now, std::nullopt},
      ""};
  made.text = std::string(kPrefix) + made.credential.id + "_" + crypto::random_token();
  TRY(database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(expect_same_bearer(transaction, name, bearer));
    TRY(transaction.execute(
        "INSERT INTO purchase_credentials (id, name, folded, is_software, may_ask, may_approve, digest, "
        "created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {made.credential.id, made.credential.name, folded(name), std::int64_t{bearer == Bearer::kSoftware},
         std::int64_t{rights.ask}, std::int64_t{rights.approve},
         to_bytes(crypto::sha256(as_bytes(made.text))), unix_seconds(now)}));
    return ok();
  }));
  return made;
}

Result<std::vector<Credential>> list_credentials(storage::Database& database) {
  std::vector<Credential> credentials;
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query(std::string(kSelect) + "ORDER BY created, id LIMIT 1000", {}));
    for (const auto& row : rows) credentials.push_back(credential_of(row));
    return ok();
  }));
  return credentials;
}

Result<void> revoke_credential(storage::Database& database, std::string_view id, TimePoint now) {
  return database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed,
        transaction.execute("UPDATE purchase_credentials SET revoked = COALESCE(revoked, $2) WHERE id = $1",
                            {std::string(id), unix_seconds(now)}));
    if (changed == 0) return fail(ErrorCode::kNotFound, "credential " + std::string(id));
    return ok();
  });
}

Result<Credential> verify_credential(storage::Database& database, std::string_view text) {
  const auto refused = [] {
    return fail(ErrorCode::kUnauthenticated, "no valid credential for purchase orders");
  };
  if (!text.starts_with(kPrefix) || text.size() < kPrefix.size() + kIdDigits) return refused();
  std::optional<storage::Row> row;
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(row, reader.query_one(std::string(kSelect) + "WHERE id = $1",
                              {std::string(text.substr(kPrefix.size(), kIdDigits))}));
    return ok();
  }));
  if (!row || !crypto::equal_constant_time(row->blob(6), crypto::sha256(as_bytes(text)))) return refused();
  Credential credential = credential_of(*row);
  if (credential.revoked) return refused();
  return credential;
}

Result<bool> is_known_person(storage::Reader& reader, std::string_view name) {
  TRY(const auto row,
      reader.query_one("SELECT id FROM purchase_credentials WHERE name = $1 AND is_software = 0 "
                       "AND revoked IS NULL",
                       {std::string(name)}));
  return row.has_value();
}

}  // namespace countersign::enterprise
