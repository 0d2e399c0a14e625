// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authority/issuing/context.h"
#include "authority/issuing/origin_control.h"
#include "authority/testing/test_network.h"
#include "mail/outbox.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

// The mails that a test's outbox handed over, as RFC 5322 text; or a server that is down.
struct Mailbox {
  struct Delivered {
    std::string to, text;
  };
  std::vector<Delivered> mails;
  bool is_down = false;

  // The first group of letters and digits with hyphens (a password or code) in the newest mail; empty without
  // one.
  std::string newest_password() const;
  // The newest mail to an address, its bodies decoded; empty without one.
  std::string newest_text(std::string_view to) const;
  // The value of `code=` of a link in the newest mail to `to`.
  std::string newest_code(std::string_view to) const;
};

// Origins as tests play them: what each shows at a path, and what was asked.
class FakeOrigins final : public OriginFetch {
 public:
  Result<std::string> fetch(std::string_view origin, std::string_view path) override;
  std::map<std::string, std::string> shown;  // origin + path → text
  std::vector<std::string> asked;
};

// An authority without its listeners: real store, keys, certificates, audit log and outbox; clock, mail
// server and origins are the test's.
class TestAuthority {
 public:
  TestAuthority();
  storage::SecretFolder secrets(std::string_view purpose) const;
  // Adds a certificate to the directory, active unless said otherwise.
  void enter(const x509::Certificate& certificate, CertificateState state = CertificateState::kActive);
  CertificateState state_of(const x509::SerialNumber& serial);
  void change_state(const x509::SerialNumber& serial, CertificateState state);
  // Acts of the audit log, oldest first.
  std::vector<std::string> acts();
  void deliver_mails();
  // Whether any file below the folder contains these bytes.
  bool is_anywhere_on_disk(std::string_view text) const;

  TemporaryFolder folder;
  ManualClock clock;
  TestNetwork network{clock.now()};
  Mailbox mailbox;
  FakeOrigins origins;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<AuditLog> audit;
  std::unique_ptr<AuthorityKeys> keys;
  PublicUrls urls{"https://127.0.0.1:9443", "http://127.0.0.1:9080"};
  std::unique_ptr<AuthorityContext> context;
  std::unique_ptr<mail::Outbox> outbox;
};

}  // namespace countersign::authority
