// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "authority/issuing/application_store.h"
#include "authority/issuing/context.h"
#include "authority/issuing/origin_control.h"
#include "base/rate_limit.h"
#include "mail/outbox.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

// Who approves applications that passed all checks.
enum class ApprovalPolicy { kOperator, kAutomatic };

struct ApplicationPolicy {
  ApprovalPolicy approval = ApprovalPolicy::kOperator;
  bool permit_challenge_port =
      false;  // only where all addresses are loopback: another port is another server
  std::chrono::hours time_to_prove{24};
  std::chrono::hours time_to_approve{30 * 24};
  Seconds time_to_fetch{7 * 24 * 3600};  // of a key file; unfetched after that: revoked
  int per_hour = 500;                    // over all addresses
  std::string mail_from;
  std::string mail_from_name;
};

// What a new applicant is told; the secret is shown this once.
struct ApplicationReceipt {
  std::string id, secret, challenge_token, challenge_answer;
  ApplicationState state;
};

// MerchantApplications takes applications for merchant certificates through their steps (K1, K2; protocol
// docs/protocols/merchant-certificate.md): apply → prove control of the origins → approval → issue. A
// certificate for a key made here is on hold until its key file is fetched. Every step is one transaction and
// may be repeated. Thread-safe.
class MerchantApplications {
 public:
  struct Parts {
    const AuthorityContext& context;
    mail::Outbox& outbox;
    storage::SecretFolder contact_keys;  // long-lived: they seal the contact data
    storage::SecretFolder file_keys;     // short-lived: they seal private keys and key files
    OriginFetch& fetch;
    ApplicationPolicy policy;
  };
  static Result<std::unique_ptr<MerchantApplications>> open(Parts parts);

  // Step 1. kConflict when a certificate for that name is active or an application waits for approval.
  Result<ApplicationReceipt> apply(BytesView json);
  // Step 2: fetches the challenge from every origin; kWrongOrigin leaves the application as it was. Issues at
  // once where the policy is automatic.
  Result<Application> prove_control(std::string_view id, std::string_view secret);
  // kNotFound for an unknown id and for a wrong secret alike.
  Result<Application> find(std::string_view id, std::string_view secret);
  // The certificate of an issued application.
  Result<x509::Certificate> certificate_of(const Application& application);
  // The PKCS#12 of a key made here, once: kGone after that, kExpired when its time is over. Ends the hold of
  // the certificate.
  Result<Bytes> fetch_key_file(std::string_view id, std::string_view secret);
  // kConflict for a certificate whose key file was not fetched yet: only the fetch ends that hold.
  Result<void> require_fetched(storage::Reader& reader, const x509::SerialNumber& serial);

  // Step 3, the operator's. kConflict unless the application awaits approval.
  Result<Application> approve(std::string_view id, std::string_view actor);
  Result<Application> reject(std::string_view id, std::string_view reason, std::string_view actor);
  Result<std::vector<Application>> list(std::optional<ApplicationState> state, std::string_view after,
                                        int limit);
  Result<MerchantContact> contact_of(const Application& application);

  // Expires what was not proved or approved in time, revokes certificates whose key files nobody fetched,
  // destroys short-lived keys that are no longer needed, forgets password mails whose time is over.
  Result<void> sweep();

 private:
  explicit MerchantApplications(Parts parts, ApplicationStore store)
      : parts_(std::move(parts)), store_(store) {}
  Result<Application> make_application(const ApplicationForm& form, std::string_view secret);
  Result<void> refuse_duplicates(storage::Reader& reader, std::string_view subject);
  Result<void> issue(storage::Transaction& transaction, Application& application, std::string_view actor);
  Result<void> make_key_file(storage::Transaction& transaction, Application& application,
                             const x509::Certificate& certificate);
  Result<void> reject_for(Application application, const Error& error, std::string_view actor);
  Result<Application> issue_in_transaction(std::string_view id, ApplicationState expected,
                                           std::string_view actor);
  Result<void> hand_over(storage::Transaction& transaction, Application& application);
  Result<void> end_delivery(storage::Transaction& transaction, Application& application);
  Result<void> expire(storage::Transaction& transaction, Application& application);
  Result<void> destroy_keys(const Application& application);

  Parts parts_;
  ApplicationStore store_;
  RateLimit proofs_{10, std::chrono::hours(1)};  // fetches per application
};

}  // namespace countersign::authority
