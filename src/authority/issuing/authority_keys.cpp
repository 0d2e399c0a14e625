// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/authority_keys.h"

#include <algorithm>

#include "base/log.h"
#include "storage/passphrase.h"
#include "storage/secret_folder.h"
#include "x509/key_identifier.h"

namespace countersign::authority {

namespace {

constexpr std::size_t kMostKeyFile = 64 << 10;
constexpr std::size_t kKeyIdLength = 16;

bool is_token_uri(std::string_view place) {
  return place.starts_with("pkcs11:");
}

// A certificate with its key, after both were found to belong together and to the role.
struct Checked {
  x509::Certificate certificate;
  crypto::PrivateKey key;
};

Result<Checked> load_pair(const KeyShelf& shelf, std::string_view name, std::string_view place) {
  const auto file = shelf.certificates / (std::string(name) + ".pem");
  TRY(auto certificate, read_certificate(file));
  TRY(auto key, find_key(shelf, name, place, certificate.public_key()));
  if (key) return Checked{std::move(certificate), std::move(*key)};
  TRY(load_key(place, shelf.passphrase, shelf.load_token_key));  // where there is none at all it says so
  return fail(ErrorCode::kConflict, file.string() + ": certificate of another key");
}

// Files of a folder whose names begin and end so, in the order of their names.
Result<std::vector<std::filesystem::path>> files_named(const std::filesystem::path& folder,
                                                       std::string_view begin, std::string_view end) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::directory_iterator each(folder, error), none; !error && each != none;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end)) found.push_back(each->path());
  }
  if (error) return fail(ErrorCode::kUnavailable, folder.string() + ": " + error.message());
  std::ranges::sort(found);
  return found;
}

// Oldest certificate first. One that is the present CA is there because a change of the key was interrupted.
Result<std::vector<x509::Certificate>> read_earlier_cas(const std::filesystem::path& folder,
                                                        const x509::Certificate& present, TimePoint now) {
  TRY(const auto data_centre, x509::permitted_subtree(present));
  TRY(const auto files, files_named(folder, "ca-earlier-", ".pem"));
  std::vector<x509::Certificate> earlier;
  for (const auto& file : files) {
    TRY(auto ca, read_certificate(file));
    TRY(const auto subtree, x509::permitted_subtree(ca));
    if (!(subtree == data_centre))
      return fail(ErrorCode::kNameNotPermitted, file.string() + ": the CA of another data centre");
    if (ca.public_key() == present.public_key()) continue;
    if (ca.not_after() < now) {
      log_event(LogLevel::kInfo, "earlier_ca_is_over", {{"file", file.string()}});
      continue;
    }
    earlier.push_back(std::move(ca));
  }
  std::ranges::sort(earlier, {}, &x509::Certificate::not_before);
  return earlier;
}

// Empty where it was not written down.
Result<std::string> read_bare_crl_key(const std::filesystem::path& folder) {
  const auto file = bare_crl_key_file(folder);
  if (!std::filesystem::exists(file)) return std::string();
  TRY(const auto text, storage::read_file(file, kMostKeyFile));
  std::string id(as_text(text).substr(0, as_text(text).find('\n')));
  if (!is_key_id(id)) return fail(ErrorCode::kMalformed, file.string() + ": holds no id of a key");
  return id;
}

// Nothing where it never was, has ended, or lost its key: then the present responder answers.
Result<std::optional<x509::Issuer>> load_responder_of(const x509::Certificate& ca, const KeyShelf& shelf,
                                                      std::string_view place, const x509::TrustAnchor& anchor,
                                                      TimePoint now) {
  const auto file = responder_file(shelf.certificates, ca);
  if (!std::filesystem::exists(file)) return std::optional<x509::Issuer>();
  TRY(auto certificate, read_certificate(file));
  const x509::Certificate* const issuer = anchor.issuer_of(certificate);
  if (issuer == nullptr || !(issuer->public_key() == ca.public_key()))
    return fail(ErrorCode::kConflict, file.string() + ": not certified by that CA key");
  TRY(auto key, find_key(shelf, "ocsp", place, certificate.public_key()));
  const auto valid = x509::verify_path(certificate, anchor, x509::Role::kOcspResponder, now);
  if (!valid && valid.error().code != ErrorCode::kExpired) return fail(valid.error(), file.string());
  if (!valid || !key) {
    log_event(LogLevel::kWarning, "no_responder_of_earlier_ca",
              {{"file", file.string()}, {"cause", key ? "it is over" : "its private key is gone"}});
    return std::optional<x509::Issuer>();
  }
  return std::optional<x509::Issuer>(x509::Issuer{std::move(certificate), std::move(*key)});
}

Result<std::vector<EarlierCa>> load_earlier(const std::vector<x509::Certificate>& cas,
                                            const KeyPlaces& places, const KeyShelf& shelf,
                                            const x509::TrustAnchor& anchor, TimePoint now) {
  std::vector<EarlierCa> earlier;
  for (const x509::Certificate& ca : cas) {
    TRY(auto key, find_key(shelf, "ca", places.ca, ca.public_key()));
    TRY(auto responder, load_responder_of(ca, shelf, places.ocsp, anchor, now));
    earlier.push_back({ca, std::move(key), std::move(responder)});
  }
  return earlier;
}

// Nothing where it never was, has no key, or does not count at this time: only time-stamps want it.
Result<std::optional<x509::Signer>> load_time_stamper(const KeyShelf& shelf, std::string_view place,
                                                      const x509::TrustAnchor& anchor, TimePoint now) {
  const auto file = shelf.certificates / "time-stamp.pem";
  if (place.empty() || !std::filesystem::exists(file)) return std::optional<x509::Signer>();
  const auto none = [&file](const Error& why) {
    log_error("no_time_stamps", why, {{"file", file.string()}});
    return std::optional<x509::Signer>();
  };
  TRY(auto certificate, read_certificate(file));
  TRY(auto key, find_key(shelf, "time-stamp", place, certificate.public_key()));
  if (!key) return none({ErrorCode::kNotFound, "its private key is not where keys.time_stamp says"});
  const auto valid = x509::verify_path(certificate, anchor, x509::Role::kTimeStamper, now);
  if (!valid) return none(valid.error());
  const x509::Certificate& ca = *anchor.issuer_of(certificate);
  return std::optional<x509::Signer>(x509::Signer{std::move(certificate), std::move(*key), {ca}});
}

}  // namespace

std::string key_id(const crypto::PublicKey& key) {
  return hex_encode(BytesView(x509::key_identifier(key)).first(kKeyIdLength / 2));
}

bool is_key_id(std::string_view text) {
  return text.size() == kKeyIdLength && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::filesystem::path later_key_file(std::string_view first_place, const crypto::PublicKey& key) {
  const std::filesystem::path first(first_place);
  return first.parent_path() / (first.stem().string() + "-" + key_id(key) + first.extension().string());
}

std::filesystem::path token_uri_file(const std::filesystem::path& certificates, std::string_view name,
                                     const crypto::PublicKey& key) {
  return certificates / (std::string(name) + "-" + key_id(key) + ".uri");
}

std::filesystem::path earlier_ca_file(const std::filesystem::path& certificates,
                                      const x509::Certificate& ca) {
  return certificates / ("ca-earlier-" + key_id(ca.public_key()) + ".pem");
}

std::filesystem::path responder_file(const std::filesystem::path& certificates, const x509::Certificate& ca) {
  return certificates / ("ocsp-by-" + key_id(ca.public_key()) + ".pem");
}

Result<std::optional<crypto::PrivateKey>> find_key(const KeyShelf& shelf, std::string_view name,
                                                   std::string_view first_place,
                                                   const crypto::PublicKey& key) {
  using Found = std::optional<crypto::PrivateKey>;
  std::string place(first_place);
  const auto uri = token_uri_file(shelf.certificates, name, key);
  const bool has_uri = std::filesystem::exists(uri);
  bool is_its_own = has_uri;
  if (has_uri) {
    TRY(const auto text, storage::read_file(uri, kMostKeyFile));
    place = std::string(as_text(text).substr(0, as_text(text).find('\n')));
  } else if (!is_token_uri(place) && std::filesystem::exists(later_key_file(place, key))) {
    place = later_key_file(place, key).string();
    is_its_own = true;
  } else if (!is_token_uri(place) && !std::filesystem::exists(place)) {
    return Found();
  }
  auto found = load_key(place, shelf.passphrase, shelf.load_token_key);
  if (!found && found.error().code == ErrorCode::kNotFound && !is_its_own) return Found();
  if (!found) return fail(found.error());
  if (found.value().public_key() == key) return Found(std::move(found).value());
  if (is_its_own) return fail(ErrorCode::kConflict, place + ": another key than its name says");
  return Found();
}

std::filesystem::path bare_crl_key_file(const std::filesystem::path& certificates) {
  return certificates / "crl-first-key.id";
}

std::string crl_path(const AuthorityKeys& keys, const x509::Certificate& ca) {
  const x509::Certificate& oldest =
      keys.earlier.empty() ? keys.ca.certificate : keys.earlier.front().certificate;
  const std::string id = key_id(ca.public_key());
  const std::string bare = keys.bare_crl_key.empty() ? key_id(oldest.public_key()) : keys.bare_crl_key;
  return id == bare ? "/crl.crl" : "/crl-" + id + ".crl";
}

const x509::Certificate& issuer_of(const AuthorityKeys& keys, const x509::Certificate& certificate) {
  const x509::Certificate* const issuer = keys.anchor->issuer_of(certificate);
  return issuer == nullptr ? keys.ca.certificate : *issuer;
}

std::vector<x509::Certificate> authorities_of(const AuthorityKeys& keys) {
  std::vector<x509::Certificate> authorities = keys.anchor->data_centre_cas();
  authorities.push_back(keys.anchor->root());
  return authorities;
}

Result<crypto::PrivateKey> load_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                    const LoadTokenKey& load_token_key) {
  if (is_token_uri(place)) {
    if (!load_token_key) return fail(ErrorCode::kUnsupported, "keys in tokens are not available");
    return load_token_key(place);
  }
  TRY(const auto pem, storage::read_file(std::filesystem::path(place), kMostKeyFile));
  auto key = crypto::decrypt_private_key(as_text(pem), passphrase);
  if (!key) return fail(key.error(), place);
  return key;
}

Result<crypto::PrivateKey> load_or_create_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                              const LoadTokenKey& load_token_key, crypto::KeyKind kind) {
  const std::filesystem::path file(place);
  if (is_token_uri(place) || std::filesystem::exists(file))
    return load_key(place, passphrase, load_token_key);
  auto key = crypto::PrivateKey::generate(kind);
  TRY(const auto pem, crypto::encrypt_private_key(key, passphrase));
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) return fail(ErrorCode::kUnavailable, file.parent_path().string() + ": " + error.message());
  TRY(storage::write_file(file, as_bytes(pem), storage::FileMode::kPrivate));
  return key;
}

bool is_missing_key_file(std::string_view place) {
  return !is_token_uri(place) && !std::filesystem::exists(std::filesystem::path(place));
}

Result<x509::Certificate> read_certificate(const std::filesystem::path& file) {
  TRY(const auto pem, storage::read_file(file, kMostKeyFile));
  auto certificate = x509::Certificate::from_pem(as_text(pem));
  if (!certificate) return fail(certificate.error(), file.string());
  return certificate;
}

Result<AuthorityKeys> load_authority_keys(const KeyPlaces& places, const std::filesystem::path& certificates,
                                          const LoadTokenKey& load_token_key, TimePoint now) {
  TRY(auto passphrase, storage::read_passphrase(places.passphrase_file));
  const KeyShelf shelf{certificates, std::move(passphrase), load_token_key};
  TRY(auto root, read_certificate(certificates / "root.pem"));
  TRY(auto ca, load_pair(shelf, "ca", places.ca));
  TRY(auto ocsp, load_pair(shelf, "ocsp", places.ocsp));
  TRY(auto confirmation, load_pair(shelf, "confirmation", places.confirmation));
  TRY(auto tls, load_pair(shelf, "tls", places.tls));
  TRY(auto data_centre, x509::permitted_subtree(ca.certificate));
  TRY(const auto earlier_cas, read_earlier_cas(certificates, ca.certificate, now));
  std::vector<x509::Certificate> cas{ca.certificate};
  cas.insert(cas.end(), earlier_cas.begin(), earlier_cas.end());
  TRY(auto anchor, x509::TrustAnchor::create(root, std::move(cas), now));
  TRY(x509::verify_path(ocsp.certificate, anchor, x509::Role::kOcspResponder, now));
  TRY(x509::verify_path(confirmation.certificate, anchor, x509::Role::kConfirmationSigner, now));
  TRY(x509::verify_path(tls.certificate, anchor, x509::Role::kAuthorityServer, now));
  TRY(auto bare_crl_key, read_bare_crl_key(certificates));
  TRY(auto earlier, load_earlier(earlier_cas, places, shelf, anchor, now));
  TRY(auto time_stamp, load_time_stamper(shelf, places.time_stamp, anchor, now));
  const x509::Certificate& confirmation_ca = *anchor.issuer_of(confirmation.certificate);
  const x509::Certificate& tls_ca = *anchor.issuer_of(tls.certificate);
  return AuthorityKeys{std::move(data_centre),
                       {ca.certificate, ca.key},
                       {ocsp.certificate, ocsp.key},
                       {confirmation.certificate, confirmation.key, {confirmation_ca}},
                       {tls.certificate, tls.key, {tls_ca, root}},
                       std::make_shared<const x509::TrustAnchor>(anchor),
                       std::move(earlier),
                       std::move(bare_crl_key),
                       std::move(time_stamp)};
}

}  // namespace countersign::authority
