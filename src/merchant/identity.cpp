// SPDX-License-Identifier: Apache-2.0
#include "merchant/identity.h"

#include "storage/file.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kIdentityFile = "identity.pem";
constexpr std::string_view kNextKeyFile = "identity-next.pem";
constexpr std::string_view kPreviousFile = "identity-previous.pem";
constexpr std::string_view kCertificateBegins = "-----BEGIN CERTIFICATE-----";
constexpr std::size_t kLargestFile = 64 << 10;

Result<void> store_key(const std::filesystem::path& file, const crypto::PrivateKey& key,
                       const crypto::SecretBytes& passphrase) {
  TRY(const auto pem, crypto::encrypt_private_key(key, passphrase));
  return storage::write_file(file, as_bytes(pem), storage::FileMode::kPrivate);
}

struct LoadedIdentity {
  crypto::PrivateKey key;
  std::optional<x509::Signer> signer;
};

Result<LoadedIdentity> load(const std::filesystem::path& file, const crypto::SecretBytes& passphrase) {
  TRY(const auto content, storage::read_file(file, kLargestFile));
  const std::string_view text = as_text(content);
  const auto certificates_at = text.find(kCertificateBegins);
  TRY(auto key, crypto::decrypt_private_key(text.substr(0, certificates_at), passphrase));
  LoadedIdentity loaded{std::move(key), std::nullopt};
  if (certificates_at == std::string_view::npos) return loaded;
  TRY(auto certificates, x509::certificates_from_pem(text.substr(certificates_at)));
  if (certificates.size() != 2 || !(certificates[0].public_key() == loaded.key.public_key()))
    return fail(ErrorCode::kMalformed, file.string() + ": key and certificate do not belong together");
  loaded.signer = x509::Signer{certificates[0], loaded.key, {certificates[1]}};
  return loaded;
}

}  // namespace

Identity::Identity(std::filesystem::path folder, crypto::SecretBytes passphrase, Content content)
    : folder_(std::move(folder)), passphrase_(std::move(passphrase)), content_(std::move(content)) {}

Result<void> Identity::create(const std::filesystem::path& folder, const crypto::SecretBytes& passphrase) {
  TRY(storage::make_private_folder(folder));
  if (std::filesystem::exists(folder / kIdentityFile))
    return fail(ErrorCode::kConflict, (folder / kIdentityFile).string() + " exists already");
  return store_key(folder / kIdentityFile, crypto::PrivateKey::generate(crypto::KeyKind::kP256), passphrase);
}

Result<std::unique_ptr<Identity>> Identity::open(std::filesystem::path folder,
                                                 crypto::SecretBytes passphrase) {
  TRY(auto content, read(folder, passphrase));
  return std::unique_ptr<Identity>(
      new Identity(std::move(folder), std::move(passphrase), std::move(content)));
}

Result<Identity::Content> Identity::read(const std::filesystem::path& folder,
                                         const crypto::SecretBytes& passphrase) {
  const auto file = folder / kIdentityFile;
  std::error_code failure;
  const auto changed = std::filesystem::last_write_time(file, failure);
  if (failure) return fail(ErrorCode::kNotFound, file.string() + " is missing: run init first");
  TRY(auto present, load(file, passphrase));
  Content content{changed, std::move(present.key), std::move(present.signer), std::nullopt, std::nullopt};
  if (const auto next = folder / kNextKeyFile; std::filesystem::exists(next)) {
    TRY(auto loaded, load(next, passphrase));
    content.next_key = std::move(loaded.key);
  }
  if (const auto previous = folder / kPreviousFile; std::filesystem::exists(previous)) {
    TRY(auto loaded, load(previous, passphrase));
    content.previous = std::move(loaded.signer);
  }
  return content;
}

Result<void> Identity::reload_if_changed() {
  const std::lock_guard lock(mutex_);
  std::error_code failure;
  const auto changed = std::filesystem::last_write_time(folder_ / kIdentityFile, failure);
  if (failure || changed == content_.changed) return ok();
  TRY(content_, read(folder_, passphrase_));
  return ok();
}

crypto::PrivateKey Identity::key() const {
  const std::lock_guard lock(mutex_);
  return content_.key;
}

std::optional<x509::Signer> Identity::signer() const {
  const std::lock_guard lock(mutex_);
  return content_.signer;
}

Result<x509::Signer> Identity::require_signer() const {
  auto present = signer();
  if (!present) return fail(ErrorCode::kUnavailable, "the gateway has no certificate yet");
  return std::move(*present);
}

Result<x509::Signer> Identity::signer_of(const Sha256Digest& certificate) const {
  const std::lock_guard lock(mutex_);
  for (const auto* signer : {&content_.signer, &content_.previous})
    if (*signer && (*signer)->certificate.fingerprint() == certificate) return **signer;
  return fail(ErrorCode::kNotFound, "no key for the certificate that the order names");
}

Result<crypto::PrivateKey> Identity::next_key() {
  const std::lock_guard lock(mutex_);
  if (!content_.next_key) {
    auto fresh = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    TRY(store_key(folder_ / kNextKeyFile, fresh, passphrase_));
    content_.next_key = std::move(fresh);
  }
  return *content_.next_key;
}

Result<void> Identity::install(const x509::Certificate& certificate, const x509::Certificate& ca) {
  const std::lock_guard lock(mutex_);
  const bool is_for_next = content_.next_key && certificate.public_key() == content_.next_key->public_key();
  if (!is_for_next && !(certificate.public_key() == content_.key.public_key()))
    return fail(ErrorCode::kConflict, "the certificate is for another key");
  const crypto::PrivateKey key = is_for_next ? *content_.next_key : content_.key;
  TRY(auto text, crypto::encrypt_private_key(key, passphrase_));
  text += certificate.pem() + ca.pem();
  if (content_.signer) {
    TRY(const auto present, storage::read_file(folder_ / kIdentityFile, kLargestFile));
    TRY(storage::write_file(folder_ / kPreviousFile, present, storage::FileMode::kPrivate));
  }
  TRY(storage::write_file(folder_ / kIdentityFile, as_bytes(text), storage::FileMode::kPrivate));
  std::error_code ignored;  // an unknown time is read once more; a leftover key serves the next renewal
  if (is_for_next) std::filesystem::remove(folder_ / kNextKeyFile, ignored);
  content_ = Content{std::filesystem::last_write_time(folder_ / kIdentityFile, ignored), key,
                     x509::Signer{certificate, key, {ca}},
                     content_.signer ? std::move(content_.signer) : std::move(content_.previous),
                     is_for_next ? std::nullopt : std::move(content_.next_key)};
  return ok();
}

Result<void> Identity::use_ca(const x509::Certificate& ca) {
  const std::lock_guard lock(mutex_);
  if (!content_.signer) return ok();
  const x509::Certificate before = content_.signer->chain.front();
  if (before == ca) return ok();
  if (!(before.subject() == ca.subject()) || !(before.public_key() == ca.public_key()))
    return fail(ErrorCode::kConflict, "identity: " + ca.subject().text() + " is another CA");
  TRY(auto text, crypto::encrypt_private_key(content_.key, passphrase_));
  text += content_.signer->certificate.pem() + ca.pem();
  TRY(storage::write_file(folder_ / kIdentityFile, as_bytes(text), storage::FileMode::kPrivate));
  std::error_code ignored;  // an unknown time is read once more
  content_.changed = std::filesystem::last_write_time(folder_ / kIdentityFile, ignored);
  for (auto* signer : {&content_.signer, &content_.previous})
    if (*signer && (*signer)->chain.front() == before) (*signer)->chain.front() = ca;
  return ok();
}

}  // namespace countersign::merchant
