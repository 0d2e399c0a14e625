// SPDX-License-Identifier: Apache-2.0
#include "authority/testing/test_authority.h"

#include <algorithm>
#include <regex>

namespace countersign::authority {

namespace {

class MailboxTransport final : public mail::Transport {
 public:
  explicit MailboxTransport(Mailbox& mailbox) : mailbox_(mailbox) {}
  Result<void> send(std::string_view, std::string_view to, const crypto::SecretBytes& message) override {
    if (mailbox_.is_down) return fail(ErrorCode::kUnavailable, "the mail server is down");
    mailbox_.mails.push_back({std::string(to), to_text(message.reveal(crypto::SecretAccess{}))});
    return ok();
  }

 private:
  Mailbox& mailbox_;
};

// Undoes soft line breaks and escapes of quoted-printable (RFC 2045 §6.7).
std::string without_escapes(std::string_view mail) {
  std::string text;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const auto byte = mail[i] == '=' ? hex_decode(mail.substr(i + 1, 2)) : Result<Bytes>(Bytes{});
    if (byte && byte.value().size() == 1) {
      text += static_cast<char>(byte.value().front());
      i += 2;
    } else if (mail.substr(i, 3) == "=\r\n") {
      i += 2;
    } else {
      text += mail[i];
    }
  }
  return text;
}

// The parts in base64, decoded, or else the whole mail without the escapes of quoted-printable.
std::string decoded(const std::string& mail) {
  constexpr std::string_view kBase64 = "Content-Transfer-Encoding: base64";
  std::string text;
  for (auto at = mail.find(kBase64); at != std::string::npos; at = mail.find(kBase64, at + 1)) {
    const auto begin = mail.find("\r\n\r\n", at);
    std::string part = mail.substr(begin, mail.find("\r\n--", begin + 4) - begin);
    part.erase(std::remove_if(part.begin(), part.end(), [](char c) { return c == '\r' || c == '\n'; }),
               part.end());
    text += to_text(take(base64_decode(part)));
  }
  return text.empty() ? without_escapes(mail) : text;
}

std::string first_match(const std::string& text, const std::string& pattern) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(pattern)) ? found[1].str() : std::string();
}

}  // namespace

std::string Mailbox::newest_password() const {
  if (mails.empty()) return {};
  return first_match(decoded(mails.back().text), "((?:[0-9A-Z]{4}-){3,}[0-9A-Z]{4})");
}

std::string Mailbox::newest_text(std::string_view to) const {
  for (auto mail = mails.rbegin(); mail != mails.rend(); ++mail) {
    if (mail->to == to) return decoded(mail->text);
  }
  return {};
}

std::string Mailbox::newest_code(std::string_view to) const {
  return first_match(newest_text(to), "code=([0-9A-Za-z_-]+)");
}

Result<std::string> FakeOrigins::fetch(std::string_view origin, std::string_view path) {
  asked.push_back(std::string(origin));
  const auto found = shown.find(std::string(origin) + std::string(path));
  if (found == shown.end()) return fail(ErrorCode::kUnavailable, "the origin answered 404");
  return found->second;
}

TestAuthority::TestAuthority() {
  database = take(storage::open_sqlite(folder.path() / "store.db"));
  directory = std::make_unique<Directory>(
      take(Directory::open(*database, crypto::SecretBytes(Bytes(32, 7)), folder.path() / "status-changes")));
  audit = std::make_unique<AuditLog>(take(AuditLog::open(*database)));
  const auto group = "OU=authority," + network.data_centre.text();
  auto ocsp = network.issue(x509::Role::kOcspResponder, name_of("CN=OCSP Responder," + group), clock.now());
  auto confirmation =
      network.issue(x509::Role::kConfirmationSigner, name_of("CN=Confirmation Signer," + group), clock.now());
  auto tls = network.issue(x509::Role::kAuthorityServer, name_of("CN=Authority Server," + group), clock.now(),
                           {{}, {"127.0.0.1"}, {}});
  keys = std::make_unique<AuthorityKeys>(AuthorityKeys{network.data_centre,
                                                       network.ca,
                                                       {ocsp.certificate, ocsp.key},
                                                       std::move(confirmation),
                                                       std::move(tls),
                                                       network.anchor});
  context =
      std::make_unique<AuthorityContext>(AuthorityContext{*database, *directory, *audit, *keys, urls, clock});
  outbox = take(
      mail::Outbox::open(*database, secrets("mail"), std::make_unique<MailboxTransport>(mailbox), clock));
}

storage::SecretFolder TestAuthority::secrets(std::string_view purpose) const {
  std::filesystem::create_directories(folder.path() / "secrets");
  return take(storage::SecretFolder::open(folder.path() / "secrets" / purpose));
}

void TestAuthority::enter(const x509::Certificate& certificate, CertificateState state) {
  take(database->write([&](storage::Transaction& transaction) {
    return directory->add(transaction, certificate, {state, "", ""}, clock.now());
  }));
}

CertificateState TestAuthority::state_of(const x509::SerialNumber& serial) {
  std::optional<Directory::QuickStatus> status;
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(status, directory->quick_status(reader, serial));
    return ok();
  }));
  if (!status) throw std::runtime_error("never issued");
  return status->state;
}

void TestAuthority::change_state(const x509::SerialNumber& serial, CertificateState state) {
  take(database->write([&](storage::Transaction& transaction) {
    return directory->change_state(transaction, serial, state, x509::RevocationReason::kUnspecified,
                                   clock.now());
  }));
}

std::vector<std::string> TestAuthority::acts() {
  std::vector<std::string> acts;
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto records, audit->page(reader, 0, 500));
    for (const auto& record : records) acts.push_back(record.entry.act);
    return ok();
  }));
  return acts;
}

void TestAuthority::deliver_mails() {
  take(outbox->send_due());
}

bool TestAuthority::is_anywhere_on_disk(std::string_view text) const {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    const auto content = take(storage::read_file(entry.path(), 256 << 20));
    if (as_text(content).find(text) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace countersign::authority
