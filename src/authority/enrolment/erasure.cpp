// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/erasure.h"

#include <algorithm>

#include "authority/enrolment/address_changes.h"
#include "authority/issuing/change_status.h"

namespace countersign::authority {

namespace {

constexpr int kBatch = 100;

}  // namespace

Result<void> Erasure::erase(const Holder& holder, std::string_view actor) {
  std::vector<std::string> mails;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto entries, parts_.context.directory.find_by_subject(transaction, holder.subject));
    for (const auto& entry : entries) {
      if (entry.state == CertificateState::kRevoked) continue;
      TRY(change_status(
          parts_.context, transaction,
          {entry.certificate.serial(), StatusAct::kRevoke, x509::RevocationReason::kCessationOfOperation,
           std::string(actor), "holder erased"}));
    }
    TRY(parts_.enrolments.end_all_of(transaction, holder));
    TRY(end_address_changes(transaction, holder));
    TRY(parts_.holders.erase(transaction, holder));
    TRY(mails, parts_.outbox.cancel_all_of(transaction, holder.uid));
    const AuditEntry record{std::string(actor), "erase", holder.uid, ""};
    return parts_.context.audit.append(transaction, {&record, 1}, parts_.context.clock.now());
  }));
  for (const std::string& mail : mails) {
    TRY(parts_.outbox.forget(mail));
  }
  // Rows live on in write-ahead logs and backups; without this key they say nothing.
  TRY(parts_.holders.destroy_key(holder));
  return parts_.context.database.write([&](storage::Transaction& transaction) {
    return parts_.holders.mark_key_destroyed(transaction, holder);
  });
}

Result<void> Erasure::erase_holder(std::string_view uid, std::string_view actor) {
  Result<Holder> holder = fail(ErrorCode::kInternal, "not read");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    holder = parts_.holders.find(reader, uid);
    return ok();
  }));
  if (!holder) return fail(holder.error());
  TRY(erase(holder.value(), actor));
  return parts_.enrolments.sweep();
}

Result<int> Erasure::erase_address(std::string_view address, std::string_view actor) {
  std::vector<Holder> holders;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(holders, parts_.holders.find_by_address(reader, address));
    return ok();
  }));
  for (const auto& holder : holders) {
    TRY(erase(holder, actor));
  }
  TRY(parts_.enrolments.sweep());
  return static_cast<int>(holders.size());
}

Result<void> Erasure::sweep() {
  std::vector<Holder> due;
  std::vector<Enrolment> stale;  // of holders who have another enrolment
  std::vector<Holder> interrupted;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    const auto before = parts_.context.clock.now() - parts_.retention;
    TRY(const auto abandoned, parts_.enrolments.store().abandoned(reader, before, kBatch));
    for (const auto& enrolment : abandoned) {
      TRY(const auto all, parts_.enrolments.store().find_by_holder(reader, enrolment.holder));
      const bool ended = std::all_of(all.begin(), all.end(), [&](const Enrolment& one) {
        return one.acceptance.empty() && !is_open(one.state) && one.expires < before;
      });
      TRY(auto holder, parts_.holders.find(reader, enrolment.holder));
      if (ended && !holder.erased) {
        due.push_back(std::move(holder));
      } else {
        stale.push_back(enrolment);
      }
    }
    TRY(interrupted, parts_.holders.erased_with_key(reader, kBatch));
    return ok();
  }));
  for (const auto& holder : due) {
    TRY(erase(holder, "authority"));
  }
  for (auto& enrolment : stale) {
    enrolment.consent.clear();
    TRY(parts_.context.database.write([&](storage::Transaction& transaction) {
      return parts_.enrolments.store().update(transaction, enrolment);
    }));
  }
  for (const auto& holder : interrupted) {
    TRY(parts_.holders.destroy_key(holder));
    TRY(parts_.context.database.write([&](storage::Transaction& transaction) {
      return parts_.holders.mark_key_destroyed(transaction, holder);
    }));
  }
  return ok();
}

}  // namespace countersign::authority
