// SPDX-License-Identifier: Apache-2.0
// The end of an application: the fetch of a key made here, expiry, and the forgetting after each.
#include "authority/issuing/change_status.h"
#include "authority/issuing/merchant_applications.h"
#include "authority/issuing/merchant_key_file.h"
#include "base/log.h"

namespace countersign::authority {

namespace {

constexpr int kSweepBatch = 100;

}  // namespace

Result<void> MerchantApplications::hand_over(storage::Transaction& transaction, Application& application) {
  TRY(const auto serial, x509::SerialNumber::from_hex(application.serial));
  const auto actor = "merchant:" + application.subject;
  TRY(change_status(parts_.context, transaction,
                    {serial, StatusAct::kResume, {}, actor, "application " + application.id}));
  application.key_file.clear();
  application.keys_to_destroy = true;
  TRY(store_.update(transaction, application));
  const AuditEntry record{actor, "fetch_key_file", application.id, ""};
  return parts_.context.audit.append(transaction, {&record, 1}, parts_.context.clock.now());
}

Result<Bytes> MerchantApplications::fetch_key_file(std::string_view id, std::string_view secret) {
  TRY(auto application, find(id, secret));
  Result<Bytes> file = fail(ErrorCode::kGone, "application: the key file was fetched before");
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(application, store_.find(transaction, id));
    if (application.key_origin != x509::KeyOrigin::kAuthority) {
      return fail(ErrorCode::kNotFound, "application: the key was made by its holder");
    }
    if (application.state == ApplicationState::kExpired) {
      return fail(ErrorCode::kExpired, "application: its time is over; apply again");
    }
    if (application.state != ApplicationState::kIssued) {
      return fail(ErrorCode::kConflict, "application: no certificate yet");
    }
    if (application.key_file.empty()) return ok();
    if (application.expires < parts_.context.clock.now()) {
      return fail(ErrorCode::kExpired, "application: the key file was not fetched in time; apply again");
    }
    file = open_merchant_key_file(parts_.file_keys, application);
    if (!file) return fail(file.error());
    return hand_over(transaction, application);
  }));
  // The file is the only copy of the key there will be: it goes out, and the sweep destroys what is left.
  if (file) {
    if (const auto destroyed = destroy_keys(application); !destroyed)
      log_error("file_keys_not_destroyed", destroyed.error(), {{"application", application.id}});
  }
  return file;
}

Result<void> MerchantApplications::require_fetched(storage::Reader& reader,
                                                   const x509::SerialNumber& serial) {
  TRY(const auto entry, parts_.context.directory.find_by_serial(reader, serial));
  if (!entry) return ok();
  TRY(const auto application, store_.find_issued(reader, entry->certificate.subject().text()));
  if (application && application->serial == serial.hex() && !application->key_file.empty()) {
    return fail(
        ErrorCode::kConflict,
        "the key file of this certificate was not fetched yet, and the fetch ends its hold: to stop it, "
        "revoke it instead");
  }
  return ok();
}

Result<void> MerchantApplications::expire(storage::Transaction& transaction, Application& application) {
  application.state = ApplicationState::kExpired;
  application.keys_to_destroy = true;
  TRY(store_.update(transaction, application));
  const AuditEntry record{"authority", "expire", application.id, "merchant application"};
  return parts_.context.audit.append(transaction, {&record, 1}, parts_.context.clock.now());
}

// The mail of a file that was fetched had as long as the file: it is cancelled only here, because the fetch
// comes seconds after the issue and the password may still be on its way.
Result<void> MerchantApplications::end_delivery(storage::Transaction& transaction, Application& application) {
  TRY(parts_.outbox.cancel(transaction, application.mail));
  if (application.key_file.empty()) {
    application.keys_to_destroy = true;
    return store_.update(transaction, application);
  }
  TRY(const auto serial, x509::SerialNumber::from_hex(application.serial));
  TRY(change_status(parts_.context, transaction,
                    {serial, StatusAct::kRevoke, x509::RevocationReason::kCessationOfOperation, "authority",
                     "key file not fetched"}));
  application.reason = "the key file was not fetched in time";
  return expire(transaction, application);
}

Result<void> MerchantApplications::destroy_keys(const Application& application) {
  if (!application.keys_to_destroy) return ok();
  TRY(destroy_merchant_keys(parts_.file_keys, application.id));
  const bool mail_is_over = !application.mail.empty() && application.expires < parts_.context.clock.now();
  if (mail_is_over) {
    TRY(parts_.outbox.forget(application.mail));
  }
  // Who holds no certificate leaves no personal data behind.
  if (application.state != ApplicationState::kIssued) {
    TRY(parts_.contact_keys.destroy("application-" + application.id));
  }
  return parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto current, store_.find(transaction, application.id));
    current.keys_to_destroy = false;
    current.private_key.clear();
    current.key_file.clear();
    if (mail_is_over) current.mail.clear();
    if (current.state != ApplicationState::kIssued) current.contact.clear();
    return store_.update(transaction, current);
  });
}

Result<void> MerchantApplications::sweep() {
  const auto now = parts_.context.clock.now();
  std::vector<Application> due;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto overdue, store_.overdue(transaction, now, kSweepBatch));
    for (auto& application : overdue) {
      const bool is_issued = application.state == ApplicationState::kIssued;
      TRY(is_issued ? end_delivery(transaction, application) : expire(transaction, application));
    }
    TRY(due, store_.with_keys_to_destroy(transaction, kSweepBatch));
    return ok();
  }));
  // One that fails must not keep the others' keys alive.
  Result<void> outcome = ok();
  for (const auto& application : due) {
    if (auto destroyed = destroy_keys(application); !destroyed) outcome = std::move(destroyed);
  }
  return outcome;
}

}  // namespace countersign::authority
