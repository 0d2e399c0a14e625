// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/address_changes.h"

#include <array>

#include "authority/enrolment/enrolment_draft.h"
#include "base/mail_address.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace countersign::authority {

namespace {

constexpr std::chrono::hours kTimeToConfirm{3 * 24};

constexpr std::array kMigrations = {storage::Migration{1, R"sql(
CREATE TABLE address_change (
  id TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  new_address BLOB NOT NULL,
  old_code_digest BLOB NOT NULL,
  new_code_digest BLOB NOT NULL,
  old_confirmed BIGINT NOT NULL,
  new_confirmed BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX address_change_by_holder ON address_change (holder);
CREATE INDEX address_change_by_time ON address_change (expires);
)sql"}};

std::string purpose_of(std::string_view id) {
  return "address-change " + std::string(id);
}

struct Change {
  std::string holder;
  Bytes new_address;
  bool old_confirmed, new_confirmed;
  TimePoint expires;
  AddressEnd end;  // whose code was presented
};

Result<Change> find_change(storage::Reader& reader, std::string_view id, std::string_view code) {
  TRY(const auto row,
      reader.query_one(
          "SELECT holder, new_address, old_code_digest, new_code_digest, old_confirmed, new_confirmed, "
          "expires FROM address_change WHERE id = $1",
          {std::string(id)}));
  if (row) {
    const bool is_old = is_digest_of(row->blob(2), code);
    const bool is_new = is_digest_of(row->blob(3), code);
    if (is_old || is_new) {
      return Change{row->text(0),
                    row->blob(1),
                    row->integer(4) != 0,
                    row->integer(5) != 0,
                    from_unix_seconds(row->integer(6)),
                    is_old ? AddressEnd::kOld : AddressEnd::kNew};
    }
  }
  return fail(ErrorCode::kNotFound, "address-change: no such id, or not its code");
}

}  // namespace

Result<AddressChanges> AddressChanges::open(Parts parts) {
  TRY(parts.context.database.migrate("address_changes", kMigrations));
  return AddressChanges(std::move(parts));
}

std::string AddressChanges::link(std::string_view id, std::string_view code) const {
  return parts_.context.urls.service() + "/v1/address-changes/" + std::string(id) +
         "?code=" + std::string(code);
}

Result<void> AddressChanges::request(storage::Transaction& transaction, const Holder& holder,
                                     std::string_view new_address) const {
  if (!is_mail_address(new_address)) return fail(ErrorCode::kMalformed, "email: not a mail address");
  TRY(const auto old_address, parts_.holders.address_of(holder));
  const auto now = parts_.context.clock.now();
  const auto id = crypto::random_uuid_v7(now);
  const auto old_code = crypto::random_token(16);
  const auto new_code = crypto::random_token(16);
  TRY(auto sealed, parts_.holders.seal_for(holder.uid, as_bytes(new_address), purpose_of(id)));
  TRY(transaction.execute("DELETE FROM address_change WHERE holder = $1", {holder.uid}));
  TRY(transaction.execute(
      "INSERT INTO address_change (id, holder, new_address, old_code_digest, new_code_digest, old_confirmed, "
      "new_confirmed, expires) VALUES ($1, $2, $3, $4, $5, 0, 0, $6)",
      {id, holder.uid, std::move(sealed), to_bytes(crypto::sha256(as_bytes(old_code))),
       to_bytes(crypto::sha256(as_bytes(new_code))), unix_seconds(now + kTimeToConfirm)}));
  TRY(parts_.outbox.add(
      transaction,
      write_address_letter(parts_.sender, {old_address, holder.locale, AddressEnd::kOld, link(id, old_code)}),
      holder.uid));
  TRY(parts_.outbox.add(transaction,
                        write_address_letter(parts_.sender, {std::string(new_address), holder.locale,
                                                             AddressEnd::kNew, link(id, new_code)}),
                        holder.uid));
  const AuditEntry record{"holder:" + holder.uid, "request_address_change", id, ""};
  return parts_.context.audit.append(transaction, {&record, 1}, now);
}

Result<std::string> AddressChanges::locale_of(std::string_view id, std::string_view code) const {
  std::string locale = "en";
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto change, find_change(reader, id, code));
    TRY(const auto holder, parts_.holders.find(reader, change.holder));
    locale = holder.locale;
    return ok();
  }));
  return locale;
}

Result<AddressProgress> AddressChanges::confirm(std::string_view id, std::string_view code) const {
  const auto now = parts_.context.clock.now();
  auto progress = AddressProgress::kOtherEndMissing;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto change, find_change(transaction, id, code));
    if (change.old_confirmed && change.new_confirmed) {
      progress = AddressProgress::kChanged;
      return ok();
    }
    if (change.expires < now) return fail(ErrorCode::kExpired, "address-change: its time is over; ask again");
    (change.end == AddressEnd::kOld ? change.old_confirmed : change.new_confirmed) = true;
    TRY(transaction.execute(
        "UPDATE address_change SET old_confirmed = $1, new_confirmed = $2 WHERE id = $3",
        {std::int64_t{change.old_confirmed}, std::int64_t{change.new_confirmed}, std::string(id)}));
    if (!(change.old_confirmed && change.new_confirmed)) return ok();
    TRY(const auto holder, parts_.holders.find(transaction, change.holder));
    TRY(const auto address, parts_.holders.open_for(holder.uid, change.new_address, purpose_of(id)));
    TRY(parts_.holders.change_address(transaction, holder, as_text(address.reveal(crypto::SecretAccess{}))));
    TRY(transaction.execute("UPDATE address_change SET new_address = $1 WHERE id = $2",
                            {Bytes{}, std::string(id)}));
    progress = AddressProgress::kChanged;
    const AuditEntry record{"holder:" + holder.uid, "change_address", std::string(id), ""};
    return parts_.context.audit.append(transaction, {&record, 1}, now);
  }));
  return progress;
}

Result<void> end_address_changes(storage::Transaction& transaction, const Holder& holder) {
  TRY(transaction.execute("DELETE FROM address_change WHERE holder = $1", {holder.uid}));
  return ok();
}

Result<void> AddressChanges::sweep() const {
  return parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("DELETE FROM address_change WHERE expires < $1",
                            {unix_seconds(parts_.context.clock.now())}));
    return ok();
  });
}

}  // namespace countersign::authority
