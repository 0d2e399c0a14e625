// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/purchasing_certificates.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "authority/issuing/client_identity.h"
#include "authority/issuing/issue_certificate.h"
#include "http/json_answer.h"
#include "network/purchasing_name.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE purchasing_right (
  merchant TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  asked BIGINT NOT NULL,
  decided BIGINT NOT NULL,
  reason TEXT NOT NULL
);
)sql"},
                                    storage::Migration{2, R"sql(
CREATE TABLE purchasing_right_past (
  merchant TEXT NOT NULL,
  serial BLOB NOT NULL,
  PRIMARY KEY (merchant, serial)
);
INSERT INTO purchasing_right_past (merchant, serial)
  SELECT purchasing_right.merchant, certificate.serial FROM purchasing_right
  JOIN certificate ON certificate.registered_by = purchasing_right.merchant
  WHERE certificate.role = 'purchaser' AND certificate.state = 'revoked'
    AND certificate.changed < purchasing_right.decided;
)sql"}};

constexpr std::string_view kSelect = "SELECT merchant, state, asked, decided, reason FROM purchasing_right ";
constexpr std::size_t kLongestReason = 200;

Result<PurchasingRight> right_of(const storage::Row& row) {
  for (const auto state :
       {PurchasingState::kAwaitingApproval, PurchasingState::kGranted, PurchasingState::kRefused})
    if (purchasing_state_name(state) == row.text(1))
      return PurchasingRight{row.text(0), state, from_unix_seconds(row.integer(2)),
                             from_unix_seconds(row.integer(3)), row.text(4)};
  return fail(ErrorCode::kInternal, "purchasing right: unknown state");
}

Result<std::optional<PurchasingRight>> find_right(storage::Reader& reader, std::string_view merchant) {
  TRY(const auto row,
      reader.query_one(std::string(kSelect) + "WHERE merchant = $1", {std::string(merchant)}));
  if (!row) return std::optional<PurchasingRight>{};
  TRY(auto right, right_of(*row));
  return std::optional<PurchasingRight>{std::move(right)};
}

Result<void> ask_for_right(const AuthorityContext& context, storage::Transaction& transaction,
                           const std::string& merchant) {
  const auto now = context.clock.now();
  TRY(transaction.execute(
      "INSERT INTO purchasing_right (merchant, state, asked, decided, reason) VALUES ($1, $2, $3, 0, '')",
      {merchant, std::string(purchasing_state_name(PurchasingState::kAwaitingApproval)), unix_seconds(now)}));
  const AuditEntry record{"merchant:" + merchant, "ask_purchasing", merchant, ""};
  return context.audit.append(transaction, {&record, 1}, now);
}

// The certificates that were revoked when the operator granted the right last, which he thereby passes over.
// By serial: times are kept to the second, and he may decide within that of the revocation.
Result<std::vector<Bytes>> past_of(storage::Reader& reader, std::string_view merchant) {
  TRY(const auto rows,
      reader.query("SELECT serial FROM purchasing_right_past WHERE merchant = $1", {std::string(merchant)}));
  std::vector<Bytes> serials;
  for (const auto& row : rows) serials.push_back(row.blob(0));
  return serials;
}

Result<void> pass_over(storage::Transaction& transaction, std::string_view merchant,
                       const std::vector<DirectoryEntry>& earlier) {
  for (const auto& entry : earlier) {
    if (entry.state != CertificateState::kRevoked) continue;
    TRY(
        transaction.execute("INSERT INTO purchasing_right_past (merchant, serial) VALUES ($1, $2) "
                            "ON CONFLICT DO NOTHING",
                            {std::string(merchant), entry.certificate.serial().bytes()}));
  }
  return ok();
}

// Whether whoever holds this certificate may have the next one without an operator's new word.
bool is_replaceable(const DirectoryEntry& entry, const std::vector<Bytes>& past) {
  using Reason = x509::RevocationReason;
  return std::ranges::find(past, entry.certificate.serial().bytes()) != past.end() ||
         entry.reason == Reason::kKeyCompromise || entry.reason == Reason::kSuperseded;
}

// What the enterprise's certificates so far say to another: the one of this very key, if there is one below a
// CA key that is in force.
Result<std::optional<x509::Certificate>> judge_earlier(const std::vector<DirectoryEntry>& earlier,
                                                       const std::vector<Bytes>& past,
                                                       const crypto::PublicKey& key,
                                                       const x509::TrustAnchor& anchor) {
  std::optional<x509::Certificate> same;
  for (const auto& entry : earlier) {
    const auto serial = entry.certificate.serial().hex();
    if (entry.state == CertificateState::kOnHold)
      return fail(ErrorCode::kCertificateOnHold, "purchasing certificate " + serial + " is on hold");
    const bool is_same = entry.certificate.public_key() == key;
    if (entry.state == CertificateState::kRevoked && (is_same || !is_replaceable(entry, past)))
      return fail(ErrorCode::kCertificateRevoked, "purchasing certificate " + serial + " is revoked");
    if (is_same && anchor.issuer_of(entry.certificate) != nullptr) same = entry.certificate;
  }
  return same;
}

}  // namespace

std::string_view purchasing_state_name(PurchasingState state) {
  switch (state) {
    case PurchasingState::kAwaitingApproval:
      return "awaiting_approval";
    case PurchasingState::kGranted:
      return "granted";
    case PurchasingState::kRefused:
      return "refused";
  }
  return "refused";
}

Result<std::unique_ptr<PurchasingCertificates>> PurchasingCertificates::open(
    const AuthorityContext& context) {
  TRY(context.database.migrate("purchasing", kMigrations));
  return std::unique_ptr<PurchasingCertificates>(new PurchasingCertificates(context));
}

Result<std::optional<x509::Certificate>> PurchasingCertificates::certify(const x509::Certificate& merchant,
                                                                         BytesView pkcs10) {
  TRY(const auto request, x509::verify_pkcs10(pkcs10));
  TRY(const auto subject, network::purchasing_name(merchant.subject(), context_.keys.data_centre));
  if (!(request.subject == subject))
    return fail(ErrorCode::kNameNotPermitted, "pkcs10: subject is not " + subject.text());
  if (!(request.alternative_names == x509::AlternativeNames{}))
    return fail(ErrorCode::kNameNotPermitted, "pkcs10: a purchaser's certificate names no hosts");
  if (request.key.kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "pkcs10: key is not P-256");
  if (request.key == merchant.public_key())
    return fail(ErrorCode::kConflict, "pkcs10: the key is that of the merchant's certificate");
  std::optional<PurchasingRight> right;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(require_active(context_.directory, reader, merchant));
    TRY(right, find_right(reader, merchant.subject().text()));
    return ok();
  }));
  // Who asks again and again keeps no writer waiting.
  std::optional<x509::Certificate> certificate;
  if (right && right->state == PurchasingState::kAwaitingApproval) return certificate;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(require_active(context_.directory, transaction, merchant));
    TRY(certificate, decide(transaction, merchant, subject, request.key));
    return ok();
  }));
  return certificate;
}

Result<std::optional<x509::Certificate>> PurchasingCertificates::decide(storage::Transaction& transaction,
                                                                        const x509::Certificate& merchant,
                                                                        const x509::Name& subject,
                                                                        const crypto::PublicKey& key) {
  const std::string who = merchant.subject().text();
  TRY(const auto right, find_right(transaction, who));
  if (!right) {
    TRY(ask_for_right(context_, transaction, who));
    return std::optional<x509::Certificate>{};
  }
  if (right->state == PurchasingState::kAwaitingApproval) return std::optional<x509::Certificate>{};
  if (right->state == PurchasingState::kRefused)
    return fail(ErrorCode::kForbidden, "purchasing: refused: " + right->reason);
  TRY(const auto earlier, context_.directory.find_by_subject(transaction, subject));
  TRY(const auto past, past_of(transaction, who));
  TRY(auto same, judge_earlier(earlier, past, key, *context_.keys.anchor));
  if (same) return same;
  TRY(issued_.admit(who, context_.clock.now()));
  TRY(auto issued, issue_into_directory(context_, transaction,
                                        {.role = x509::Role::kPurchaser,
                                         .subject = subject,
                                         .key = key,
                                         .alternative_names = {},
                                         .key_origin = x509::KeyOrigin::kHolder,
                                         .registered_by = who,
                                         .entry = {CertificateState::kActive, "", ""},
                                         .actor = "merchant:" + who}));
  return std::optional<x509::Certificate>{std::move(issued)};
}

Result<PurchasingRight> PurchasingCertificates::change(std::string_view merchant, PurchasingState state,
                                                       std::string_view reason, std::string_view actor) {
  std::optional<PurchasingRight> right;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    const auto now = context_.clock.now();
    TRY(const auto changed,
        transaction.execute("UPDATE purchasing_right SET state = $2, decided = $3, "
                            "reason = $4 WHERE merchant = $1",
                            {std::string(merchant), std::string(purchasing_state_name(state)),
                             unix_seconds(now), std::string(reason)}));
    if (changed == 0) return fail(ErrorCode::kNotFound, "purchasing: this merchant never asked");
    TRY(right, find_right(transaction, merchant));
    if (state == PurchasingState::kGranted) {
      TRY(const auto name, x509::Name::from_text(merchant));
      TRY(const auto subject, network::purchasing_name(name, context_.keys.data_centre));
      TRY(const auto earlier, context_.directory.find_by_subject(transaction, subject));
      TRY(pass_over(transaction, merchant, earlier));
    }
    const AuditEntry record{std::string(actor),
                            state == PurchasingState::kGranted ? "grant_purchasing" : "refuse_purchasing",
                            std::string(merchant), std::string(reason)};
    return context_.audit.append(transaction, {&record, 1}, now);
  }));
  return std::move(*right);
}

Result<PurchasingRight> PurchasingCertificates::grant(std::string_view merchant, std::string_view actor) {
  return change(merchant, PurchasingState::kGranted, "", actor);
}

Result<PurchasingRight> PurchasingCertificates::refuse(std::string_view merchant, std::string_view reason,
                                                       std::string_view actor) {
  if (reason.empty() || reason.size() > kLongestReason)
    return fail(ErrorCode::kMalformed, "reason: 1 to 200 octets");
  return change(merchant, PurchasingState::kRefused, reason, actor);
}

Result<std::vector<PurchasingRight>> PurchasingCertificates::list(std::string_view after, int limit) {
  std::vector<PurchasingRight> rights;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query(std::string(kSelect) + "WHERE merchant > $1 ORDER BY merchant LIMIT $2",
                                      {std::string(after), std::int64_t{limit}}));
    for (const auto& row : rows) {
      TRY(auto right, right_of(row));
      rights.push_back(std::move(right));
    }
    return ok();
  }));
  return rights;
}

void PurchasingCertificates::register_routes(http::Router& router) {
  router.add_blocking("POST", "/v1/purchasing-certificates",
                      [this](const http::Request& request) { return http::answer(answer(request)); });
}

Result<http::Response> PurchasingCertificates::answer(const http::Request& request) {
  TRY(const auto merchant,
      authenticate_client(request, context_.directory, context_.database, x509::Role::kMerchant));
  TRY(const auto certificate, certify(merchant, request.body));
  if (!certificate)
    return http::json_answer(
        202, {{"state", std::string(purchasing_state_name(PurchasingState::kAwaitingApproval))}});
  return http::json_answer(
      200, {{"certificate", certificate->pem()}, {"chain", issuer_of(context_.keys, *certificate).pem()}});
}

}  // namespace countersign::authority
