// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/merchant_applications.h"

#include "authority/issuing/issue_certificate.h"
#include "authority/issuing/merchant_key_file.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "x509/origins.h"

namespace countersign::authority {

namespace {

constexpr std::size_t kMostListed = 500;

}  // namespace

Result<std::unique_ptr<MerchantApplications>> MerchantApplications::open(Parts parts) {
  TRY(auto store, ApplicationStore::open(parts.context.database));
  return std::unique_ptr<MerchantApplications>(new MerchantApplications(std::move(parts), store));
}

Result<void> MerchantApplications::refuse_duplicates(storage::Reader& reader, std::string_view subject) {
  TRY(const auto pending, store_.is_pending(reader, subject));
  if (pending)
    return fail(ErrorCode::kConflict, "an application for " + std::string(subject) + " awaits approval");
  TRY(const auto name, x509::Name::from_text(subject));
  TRY(const auto entries, parts_.context.directory.find_by_subject(reader, name));
  for (const auto& entry : entries) {
    if (entry.state != CertificateState::kRevoked &&
        entry.certificate.not_after() > parts_.context.clock.now()) {
      return fail(ErrorCode::kConflict, std::string(subject) + " holds certificate " +
                                            entry.certificate.serial().hex() + ": renew it with its key");
    }
  }
  return ok();
}

Result<Application> MerchantApplications::make_application(const ApplicationForm& form,
                                                           std::string_view secret) {
  const auto now = parts_.context.clock.now();
  TRY(const auto subject, merchant_subject(form, parts_.context.keys.data_centre));
  TRY(const auto names, x509::names_of_origins(form.origins));
  Application application;
  application.id = crypto::random_uuid_v7(now);
  application.subject = subject.text();
  application.secret_digest = crypto::sha256(as_bytes(secret));
  application.origins = form.origins;
  application.challenge_token = crypto::random_token();
  application.challenge_port = form.challenge_port;
  application.created = now;
  application.expires = now + parts_.policy.time_to_prove;
  if (form.request) {
    TRY(check_alternative_names(form.request->alternative_names, names));
    application.spki = form.request->key.spki();
  } else {
    TRY(auto made, make_sealed_key(parts_.file_keys, application.id));
    application.key_origin = x509::KeyOrigin::kAuthority;
    application.spki = made.public_key.spki();
    application.private_key = std::move(made.sealed);
  }
  TRY(application.contact, seal_contact(parts_.contact_keys, application.id, form.contact));
  return application;
}

Result<ApplicationReceipt> MerchantApplications::apply(BytesView json) {
  TRY(const auto form, parse_application(json));
  if (form.challenge_port != 0 && !parts_.policy.permit_challenge_port) {
    return fail(ErrorCode::kForbidden, "merchant-application.challengePort: not permitted by this authority");
  }
  const auto secret = crypto::random_token();
  TRY(const auto subject, merchant_subject(form, parts_.context.keys.data_centre));
  TRY(parts_.context.database.read([&](storage::Reader& r) { return refuse_duplicates(r, subject.text()); }));
  TRY(const auto application, make_application(form, secret));
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(refuse_duplicates(transaction, application.subject));
    TRY(store_.add(transaction, application));
    const AuditEntry record{"merchant:" + application.subject, "apply", application.id,
                            "merchant certificate"};
    return parts_.context.audit.append(transaction, {&record, 1}, parts_.context.clock.now());
  }));
  TRY(const auto key, crypto::PublicKey::from_spki(application.spki));
  return ApplicationReceipt{application.id, secret, application.challenge_token,
                            key_authorization(application.challenge_token, key), application.state};
}

Result<Application> MerchantApplications::find(std::string_view id, std::string_view secret) {
  Result<Application> found = fail(ErrorCode::kNotFound, "application: no such id");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    found = store_.find(reader, id);
    return ok();
  }));
  const auto digest = crypto::sha256(as_bytes(secret));
  if (!found || !crypto::equal_constant_time(found.value().secret_digest, digest)) {
    return fail(ErrorCode::kNotFound, "application: no such id, or not this secret");
  }
  return found;
}

Result<Application> MerchantApplications::prove_control(std::string_view id, std::string_view secret) {
  TRY(const auto application, find(id, secret));
  if (application.state != ApplicationState::kAwaitingChallenge) return application;
  const auto now = parts_.context.clock.now();
  if (application.expires < now)
    return fail(ErrorCode::kExpired, "application: its time is over; apply again");
  TRY(proofs_.admit(application.id, now));
  TRY(const auto key, crypto::PublicKey::from_spki(application.spki));
  TRY(check_origin_control(parts_.fetch, application.origins, application.challenge_port,
                           application.challenge_token, key));
  if (parts_.policy.approval == ApprovalPolicy::kAutomatic) {
    return issue_in_transaction(id, ApplicationState::kAwaitingChallenge, "authority");
  }
  Application changed = application;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(changed, store_.find(transaction, id));
    if (changed.state != ApplicationState::kAwaitingChallenge) return ok();
    TRY(refuse_duplicates(transaction, changed.subject));
    changed.state = ApplicationState::kAwaitingApproval;
    changed.proved = now;
    changed.expires = now + parts_.policy.time_to_approve;
    TRY(store_.update(transaction, changed));
    const AuditEntry record{"merchant:" + changed.subject, "prove_control", changed.id, "all origins"};
    return parts_.context.audit.append(transaction, {&record, 1}, now);
  }));
  return changed;
}

Result<void> MerchantApplications::make_key_file(storage::Transaction& transaction, Application& application,
                                                 const x509::Certificate& certificate) {
  TRY(const auto contact, contact_of(application));
  application.expires = parts_.context.clock.now() + parts_.policy.time_to_fetch;
  TRY(auto made, make_merchant_key_file(parts_.file_keys, application, certificate, parts_.context.keys));
  MerchantPasswordMail mail{parts_.policy.mail_from,
                            parts_.policy.mail_from_name,
                            contact.email,
                            application.subject,
                            parts_.context.keys.anchor->root().fingerprint(),
                            application.expires};
  TRY(application.mail, parts_.outbox.add(transaction, write_password_mail(mail, made.password), ""));
  application.key_file = std::move(made.sealed);
  application.private_key.clear();
  return ok();
}

Result<void> MerchantApplications::issue(storage::Transaction& transaction, Application& application,
                                         std::string_view actor) {
  TRY(refuse_duplicates(transaction, application.subject));
  TRY(auto subject, x509::Name::from_text(application.subject));
  TRY(auto key, crypto::PublicKey::from_spki(application.spki));
  TRY(auto names, x509::names_of_origins(application.origins));
  const bool key_made_here = application.key_origin == x509::KeyOrigin::kAuthority;
  const auto state = key_made_here ? CertificateState::kOnHold : CertificateState::kActive;
  TRY(const auto certificate, issue_into_directory(parts_.context, transaction,
                                                   {.role = x509::Role::kMerchant,
                                                    .subject = std::move(subject),
                                                    .key = std::move(key),
                                                    .alternative_names = std::move(names),
                                                    .key_origin = application.key_origin,
                                                    .registered_by = {},
                                                    .entry = {state, "", ""},
                                                    .actor = std::string(actor)}));
  application.state = ApplicationState::kIssued;
  application.serial = certificate.serial().hex();
  if (key_made_here) {
    TRY(make_key_file(transaction, application, certificate));
  }
  return store_.update(transaction, application);
}

Result<Application> MerchantApplications::issue_in_transaction(std::string_view id, ApplicationState expected,
                                                               std::string_view actor) {
  Application application;
  const auto issued = parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(application, store_.find(transaction, id));
    if (application.state == ApplicationState::kIssued) return ok();
    if (application.state != expected) {
      return fail(ErrorCode::kConflict,
                  "application: is " + std::string(application_state_name(application.state)));
    }
    // Duplicates were refused before; pending is this application itself from here on.
    const AuditEntry record{std::string(actor), "approve", application.id, application.subject};
    TRY(parts_.context.audit.append(transaction, {&record, 1}, parts_.context.clock.now()));
    if (expected == ApplicationState::kAwaitingChallenge) application.proved = parts_.context.clock.now();
    application.state = ApplicationState::kIssued;
    TRY(store_.update(transaction, application));
    return issue(transaction, application, actor);
  });
  if (!issued) {
    const auto code = issued.error().code;
    if (code == ErrorCode::kNameNotPermitted || code == ErrorCode::kWrongRole) {
      TRY(reject_for(application, issued.error(), actor));
    }
    return fail(issued.error());
  }
  parts_.outbox.wake();
  return application;
}

Result<Application> MerchantApplications::approve(std::string_view id, std::string_view actor) {
  return issue_in_transaction(id, ApplicationState::kAwaitingApproval, actor);
}

Result<void> MerchantApplications::reject_for(Application application, const Error& error,
                                              std::string_view actor) {
  log_error("application_rejected", error, {{"application", application.id}});
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(application, store_.find(transaction, application.id));
    application.state = ApplicationState::kRejected;
    application.reason = error_name(error.code);
    application.keys_to_destroy = true;
    TRY(store_.update(transaction, application));
    const AuditEntry record{std::string(actor), "reject", application.id, application.reason};
    return parts_.context.audit.append(transaction, {&record, 1}, parts_.context.clock.now());
  }));
  return destroy_keys(application);
}

Result<Application> MerchantApplications::reject(std::string_view id, std::string_view reason,
                                                 std::string_view actor) {
  Application application;
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(application, store_.find(transaction, id));
    if (application.state != ApplicationState::kAwaitingApproval &&
        application.state != ApplicationState::kAwaitingChallenge) {
      return fail(ErrorCode::kConflict,
                  "application: is " + std::string(application_state_name(application.state)));
    }
    application.state = ApplicationState::kRejected;
    application.reason = reason;
    application.keys_to_destroy = true;
    TRY(store_.update(transaction, application));
    const AuditEntry record{std::string(actor), "reject", application.id, std::string(reason)};
    return parts_.context.audit.append(transaction, {&record, 1}, parts_.context.clock.now());
  }));
  TRY(destroy_keys(application));
  return application;
}

Result<x509::Certificate> MerchantApplications::certificate_of(const Application& application) {
  TRY(const auto serial, x509::SerialNumber::from_hex(application.serial));
  std::optional<DirectoryEntry> entry;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(entry, parts_.context.directory.find_by_serial(reader, serial));
    return ok();
  }));
  if (!entry) return fail(ErrorCode::kInternal, "application: its certificate is not in the directory");
  return entry->certificate;
}

Result<std::vector<Application>> MerchantApplications::list(std::optional<ApplicationState> state,
                                                            std::string_view after, int limit) {
  if (limit < 1 || static_cast<std::size_t>(limit) > kMostListed) {
    return fail(ErrorCode::kMalformed, "applications: limit is 1 to 500");
  }
  std::vector<Application> found;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, store_.list(reader, state, after, limit));
    return ok();
  }));
  return found;
}

Result<MerchantContact> MerchantApplications::contact_of(const Application& application) {
  return open_contact(parts_.contact_keys, application.id, application.contact);
}

}  // namespace countersign::authority
