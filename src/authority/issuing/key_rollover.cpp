// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/key_rollover.h"

#include <algorithm>

#include "authority/directory/status_journal.h"
#include "authority/issuing/issue_certificate.h"
#include "storage/file_descriptor.h"
#include "storage/secret_folder.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

constexpr int kPage = 500;

const ServiceKind& responder_kind() {
  return *std::ranges::find(service_kinds(), x509::Role::kOcspResponder, &ServiceKind::role);
}

bool has_key(const std::vector<x509::Certificate>& certificates, const crypto::PublicKey& key) {
  return std::ranges::any_of(certificates, [&](const auto& each) { return each.public_key() == key; });
}

bool is_issued_by(const x509::Certificate& certificate, const x509::Certificate& ca) {
  return certificate.extensions().authority_key_id == ca.extensions().subject_key_id;
}

// What is left of a CA key that was retired, so that it does not come back.
std::filesystem::path retired_ca_file(const std::filesystem::path& certificates,
                                      const x509::Certificate& ca) {
  return certificates / ("ca-retired-" + key_id(ca.public_key()) + ".pem");
}

}  // namespace

Result<void> KeyRollover::write(const std::filesystem::path& file,
                                const x509::Certificate& certificate) const {
  return storage::write_file(file, as_bytes(certificate.pem()), storage::FileMode::kPublic);
}

Result<crypto::PrivateKey> KeyRollover::new_key(std::string_view name, const std::string& first_place,
                                                const TokenUri& uri) const {
  if (!uri.empty()) {
    if (!uri.starts_with("pkcs11:") || uri.find_first_of("\r\n") != std::string::npos)
      return fail(ErrorCode::kMalformed, "token URI: must be one line that begins with pkcs11:");
    TRY(auto key, load_key(uri, parts_.shelf.passphrase, parts_.shelf.load_token_key));
    if (is_in_use(key_id(key.public_key())))
      return fail(ErrorCode::kConflict, uri + ": this key is in use already; make a new pair in the token");
    TRY(storage::write_file(token_uri_file(parts_.shelf.certificates, name, key.public_key()),
                            as_bytes(uri + "\n"), storage::FileMode::kPrivate));
    return key;
  }
  if (first_place.starts_with("pkcs11:"))
    return fail(ErrorCode::kMalformed,
                "the " + std::string(name) + " key is in a token: make a new pair there and give its URI");
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  TRY(const auto pem, crypto::encrypt_private_key(key, parts_.shelf.passphrase));
  TRY(storage::write_file(later_key_file(first_place, key.public_key()), as_bytes(pem),
                          storage::FileMode::kPrivate));
  return key;
}

Result<void> KeyRollover::record(const std::vector<x509::Certificate>& certificates,
                                 const AuditEntry& act) const {
  const auto& context = parts_.context;
  return context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    for (const x509::Certificate& each : certificates) {
      TRY(record_certificate(context, transaction, each, {CertificateState::kActive, "", ""}, parts_.actor));
    }
    return context.audit.append(transaction, {&act, 1}, context.clock.now());
  });
}

Result<std::vector<x509::Certificate>> KeyRollover::roll_over_service(const ServiceKind& kind,
                                                                      const TokenUri& uri) const {
  const auto& context = parts_.context;
  const auto now = context.clock.now();
  if (uri.empty() && (parts_.plan.keys.*kind.place).empty())
    return fail(ErrorCode::kNotFound,
                "the configuration has no place for the " + std::string(kind.name) + " key");
  if (!may_certify(context.keys.ca.certificate, kind))
    return fail(ErrorCode::kWrongRole, "the CA's certificate is from before there were certificates for " +
                                           std::string(kind.name) +
                                           ": have the root certify the CA once more");
  TRY(const auto key, new_key(kind.name, parts_.plan.keys.*kind.place, uri));
  const auto issue = [&](const x509::Issuer& ca) {
    return issue_service_certificate(ca, kind, key.public_key(),
                                     plan_below(context, ca.certificate, parts_.plan), now);
  };
  TRY(auto present, issue(context.keys.ca));
  std::vector<x509::Certificate> made{std::move(present)};
  std::vector<std::filesystem::path> files{parts_.plan.certificates / (std::string(kind.name) + ".pem")};
  for (const EarlierCa& each : context.keys.earlier) {
    if (kind.role != x509::Role::kOcspResponder || !each.key) continue;
    TRY(auto certificate, issue({each.certificate, *each.key}));
    made.push_back(std::move(certificate));
    files.push_back(responder_file(parts_.plan.certificates, each.certificate));
  }
  TRY(record(made, {parts_.actor, "roll_over_key", key_id(key.public_key()), std::string(kind.name)}));
  if (const x509::Certificate* before = certificate_in_use(context.keys, kind)) {
    const std::string name = std::string(kind.name) + "-" + key_id(before->public_key()) + ".pem";
    TRY(write(parts_.plan.certificates / name, *before));
  }
  for (std::size_t i = made.size(); i-- > 0;) {  // the present one last
    TRY(write(files[i], made[i]));
  }
  return made;
}

Result<Bytes> KeyRollover::request_ca(const TokenUri& uri) const {
  TRY(const auto key, new_key("ca", parts_.plan.keys.ca, uri));
  TRY(auto request, x509::make_pkcs10(parts_.context.keys.ca.certificate.subject(), {}, key));
  TRY(record({}, {parts_.actor, "request_ca", key_id(key.public_key()), ""}));
  return request;
}

Result<void> KeyRollover::check_next_ca(const x509::Certificate& ca,
                                        const std::vector<x509::Certificate>& mapped) const {
  const AuthorityKeys& keys = parts_.context.keys;
  TRY(const auto subtree, x509::permitted_subtree(ca));
  if (!(subtree == keys.data_centre))
    return fail(ErrorCode::kNameNotPermitted, "the certificate is for the CA of " + subtree.text());
  TRY(x509::TrustAnchor::create(keys.anchor->root(), {ca}, parts_.context.clock.now()));
  const bool is_earlier = std::ranges::any_of(keys.earlier, [&ca](const EarlierCa& each) {
    return each.certificate.public_key() == ca.public_key();
  });
  if (is_earlier || std::filesystem::exists(retired_ca_file(parts_.plan.certificates, ca)))
    return fail(ErrorCode::kConflict, "this CA key was in use before; a key does not come back");
  if (keys.earlier.size() >= kMostEarlierCas)
    return fail(ErrorCode::kConflict, "there are " + std::to_string(keys.earlier.size()) +
                                          " earlier CA keys already: retire one first");
  if (!has_key(mapped, ca.public_key()) || !has_key(mapped, keys.ca.certificate.public_key()))
    return fail(
        ErrorCode::kConflict,
        "the network map in force here does not name both CA keys for this data centre: sign and install "
        "one that does first, else others refuse what the new key issues");
  return ok();
}

Result<void> KeyRollover::take_ca(const x509::Certificate& ca,
                                  const std::vector<x509::Certificate>& mapped) const {
  const auto& context = parts_.context;
  const AuthorityKeys& keys = context.keys;
  if (ca.public_key() == keys.ca.certificate.public_key()) return finish_taking();
  TRY(check_next_ca(ca, mapped));
  TRY(auto key, find_key(parts_.shelf, "ca", parts_.plan.keys.ca, ca.public_key()));
  if (!key)
    return fail(ErrorCode::kNotFound,
                "the private key of this certificate is not here: certify the key of "
                "the newest request");
  auto plan = parts_.plan;
  const auto status = context.urls.status();
  plan.crl_url = status.empty() ? "" : status + "/crl-" + key_id(ca.public_key()) + ".crl";
  TRY(const auto responder,
      issue_service_certificate({ca, std::move(*key)}, responder_kind(), keys.ocsp.certificate.public_key(),
                                plan, context.clock.now()));
  TRY(record({responder}, {parts_.actor, "take_ca", key_id(ca.public_key()), ""}));
  TRY(write_down_bare_crl());
  TRY(write(earlier_ca_file(plan.certificates, keys.ca.certificate), keys.ca.certificate));
  if (is_issued_by(keys.ocsp.certificate, keys.ca.certificate)) {
    TRY(write(responder_file(plan.certificates, keys.ca.certificate), keys.ocsp.certificate));
  }
  TRY(write(plan.certificates / "ca.pem", ca));
  return write(plan.certificates / "ocsp.pem", responder);
}

// Which key the list without an id belongs to does not change any more: a new root gives the CAs certificates
// of another order.
Result<void> KeyRollover::write_down_bare_crl() const {
  const AuthorityKeys& keys = parts_.context.keys;
  if (!keys.bare_crl_key.empty()) return ok();
  const x509::Certificate& oldest =
      keys.earlier.empty() ? keys.ca.certificate : keys.earlier.front().certificate;
  return storage::write_file(bare_crl_key_file(parts_.plan.certificates),
                             as_bytes(key_id(oldest.public_key()) + "\n"), storage::FileMode::kPublic);
}

// It was interrupted after the CA's certificate was replaced: the responder has none of that key yet.
Result<void> KeyRollover::finish_taking() const {
  const AuthorityKeys& keys = parts_.context.keys;
  if (is_issued_by(keys.ocsp.certificate, keys.ca.certificate))
    return fail(ErrorCode::kConflict, "this CA key is in use already");
  TRY(const auto responder,
      issue_service_certificate(keys.ca, responder_kind(), keys.ocsp.certificate.public_key(),
                                plan_below(parts_.context, keys.ca.certificate, parts_.plan),
                                parts_.context.clock.now()));
  TRY(record({responder}, {parts_.actor, "take_ca", key_id(keys.ca.certificate.public_key()), "finished"}));
  return write(parts_.plan.certificates / "ocsp.pem", responder);
}

Result<void> KeyRollover::expect_none_in_force(const x509::Certificate& ca) const {
  const auto& context = parts_.context;
  return context.database.read([&](storage::Reader& reader) -> Result<void> {
    DirectoryQuery query;
    query.limit = kPage;
    do {
      TRY(const DirectoryPage page, context.directory.search(reader, query));
      for (const DirectoryEntry& entry : page.entries)
        if (entry.state != CertificateState::kRevoked && is_issued_by(entry.certificate, ca) &&
            entry.certificate.not_after() >= context.clock.now())
          return fail(ErrorCode::kConflict, "certificates of this CA key are in force, " +
                                                entry.certificate.subject().text() + " until " +
                                                format_time(entry.certificate.not_after()) + " is one");
      query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
    return ok();
  });
}

Result<void> KeyRollover::retire_ca(std::string_view id, Reason reason) const {
  const AuthorityKeys& keys = parts_.context.keys;
  const auto found = std::ranges::find_if(
      keys.earlier, [id](const EarlierCa& each) { return key_id(each.certificate.public_key()) == id; });
  if (found == keys.earlier.end())
    return fail(ErrorCode::kNotFound, "no earlier CA key has the id " + std::string(id));
  for (const ServiceKind& kind : service_kinds()) {
    const x509::Certificate* present = certificate_in_use(keys, kind);
    if (present != nullptr && is_issued_by(*present, found->certificate))
      return fail(ErrorCode::kConflict, "the certificate of " + std::string(kind.name) +
                                            " is of this CA key: roll over " + std::string(kind.name) +
                                            " first");
  }
  if (reason == Reason::kAllHasEnded) {
    TRY(expect_none_in_force(found->certificate));
  }
  const auto& context = parts_.context;
  const AuditEntry act{parts_.actor, "retire_ca", std::string(id), reason == Reason::kLeaked ? "leaked" : ""};
  TRY(context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    // No certificate's state changes, so the status feed could not tell of it.
    TRY(begin_status_epoch(transaction));
    return context.audit.append(transaction, {&act, 1}, context.clock.now());
  }));
  const auto& folder = parts_.plan.certificates;
  const auto file = earlier_ca_file(folder, found->certificate);
  TRY(write(retired_ca_file(folder, found->certificate), found->certificate));
  std::error_code failed;
  std::filesystem::remove(file, failed);
  if (failed) return fail(ErrorCode::kUnavailable, file.string() + ": " + failed.message());
  return storage::sync_folder(folder);
}

bool KeyRollover::is_in_use(std::string_view id) const {
  const AuthorityKeys& keys = parts_.context.keys;
  std::vector<x509::Certificate> all{keys.ca.certificate};
  for (const ServiceKind& kind : service_kinds())
    if (const x509::Certificate* present = certificate_in_use(keys, kind)) all.push_back(*present);
  for (const EarlierCa& each : keys.earlier) {
    all.push_back(each.certificate);
    if (each.ocsp) all.push_back(each.ocsp->certificate);
  }
  return std::ranges::any_of(all, [id](const auto& each) { return key_id(each.public_key()) == id; });
}

Result<std::filesystem::path> KeyRollover::destroy_key(std::string_view id) const {
  if (!is_key_id(id)) return fail(ErrorCode::kMalformed, "id of a key: 16 hexadecimal digits");
  if (is_in_use(id))
    return fail(ErrorCode::kConflict, "the key " + std::string(id) +
                                          " is at work here; a CA key is retired before it is destroyed");
  const KeyPlaces& places = parts_.plan.keys;
  std::vector<std::pair<std::string_view, const std::string*>> kinds{{"ca", &places.ca}};
  for (const ServiceKind& kind : service_kinds()) kinds.emplace_back(kind.name, &(places.*kind.place));
  for (const auto& [name, place] : kinds) {
    const std::filesystem::path first(*place);
    std::vector<std::filesystem::path> files{parts_.shelf.certificates /
                                             (std::string(name) + "-" + std::string(id) + ".uri")};
    if (!place->empty() && !place->starts_with("pkcs11:")) {
      files.push_back(first.parent_path() /
                      (first.stem().string() + "-" + std::string(id) + first.extension().string()));
      if (std::filesystem::exists(first)) {
        TRY(const auto key, load_key(*place, parts_.shelf.passphrase, parts_.shelf.load_token_key));
        if (key_id(key.public_key()) == id) files.push_back(first);
      }
    }
    for (const auto& file : files) {
      if (!std::filesystem::exists(file)) continue;
      TRY(record({}, {parts_.actor, "destroy_key", std::string(id), std::string(name)}));
      TRY(storage::destroy_file(file));
      return file;
    }
  }
  return fail(ErrorCode::kNotFound, "no private key here has the id " + std::string(id));
}

}  // namespace countersign::authority
