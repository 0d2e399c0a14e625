// SPDX-License-Identifier: Apache-2.0
#include "card/keys_only_card.h"

#include <algorithm>
#include <tuple>

#include "base/log.h"
#include "storage/file.h"

namespace countersign::card {
namespace {

constexpr std::size_t kMaxCertificate = 8 << 10;
constexpr std::string_view kSuffix = ".cer";

auto takes_no_data() {
  return fail(ErrorCode::kUnsupported, "card: takes no data objects");
}

Error folder_error(const std::filesystem::path& folder, const std::error_code& error) {
  return {ErrorCode::kUnavailable, folder.string() + ": " + error.message()};
}

Result<x509::Certificate> read_certificate(const std::filesystem::path& file) {
  TRY(const auto der, storage::read_file(file, kMaxCertificate));
  return x509::Certificate::from_der(der);
}

}  // namespace

// A certificate in the folder: "<key id>-<fingerprint>.cer".
struct KeysOnlyCard::File {
  std::filesystem::path path;
  std::string key_id;
};

Result<std::vector<KeysOnlyCard::File>> KeysOnlyCard::files() const {
  std::vector<File> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(kSuffix)) found.push_back({entry.path(), name.substr(0, name.find('-'))});
  }
  if (error && error != std::errc::no_such_file_or_directory) return fail(folder_error(folder_, error));
  return found;
}

Result<std::string> KeysOnlyCard::import_key(KeyUse, const crypto::PrivateKey&, const x509::Certificate&) {
  return fail(ErrorCode::kUnsupported, "card: takes no keys from outside; use those made on it");
}

Result<std::string> KeysOnlyCard::generate_key(KeyUse use) {
  TRY(const auto keys, card_->keys_for(use));
  if (keys.empty()) return fail(ErrorCode::kNotFound, "card: no key for this use was made on it");
  return keys.front();
}

Result<void> KeysOnlyCard::store_certificate(std::string_view key_id, const x509::Certificate& certificate) {
  TRY(const auto key, card_->private_key(key_id));
  if (!(key.public_key() == certificate.public_key()))
    return fail(ErrorCode::kConflict, "certificate and key on the card do not belong together");
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return fail(folder_error(folder_, error));
  const std::string name =
      std::string(key_id) + '-' + hex_encode(certificate.fingerprint()) + std::string(kSuffix);
  return storage::write_file(folder_ / name, certificate.der(), storage::FileMode::kPrivate);
}

Result<std::optional<StoredCertificate>> KeysOnlyCard::read(const File& file) {
  const auto pass_over = [&file](ErrorCode code) {
    log_event(LogLevel::kWarning, "card_certificate_passed_over",
              {{"file", file.path.filename().native()}, {"code", error_name(code)}});
    return std::optional<StoredCertificate>();
  };
  auto certificate = read_certificate(file.path);
  if (!certificate) return pass_over(certificate.error().code);
  const auto key = card_->private_key(file.key_id);
  const bool is_of_no_key =
      !key && (key.error().code == ErrorCode::kNotFound || key.error().code == ErrorCode::kMalformed);
  if (is_of_no_key) return pass_over(key.error().code);
  if (!key) return fail(key.error());
  if (!(key.value().public_key() == certificate.value().public_key())) return pass_over(ErrorCode::kConflict);
  const bool agrees = certificate.value().extensions().key_usage.key_agreement;
  return std::optional(StoredCertificate{agrees ? KeyUse::kAgreement : KeyUse::kSigning, file.key_id,
                                         std::move(certificate).value()});
}

Result<std::vector<StoredCertificate>> KeysOnlyCard::certificates() {
  TRY(const auto found, files());
  std::vector<StoredCertificate> stored;
  for (const File& file : found) {
    TRY(auto certificate, read(file));
    if (certificate) stored.push_back(std::move(*certificate));
  }
  std::sort(stored.begin(), stored.end(), [](const StoredCertificate& a, const StoredCertificate& b) {
    return std::make_tuple(a.key_id, b.certificate.not_before()) <
           std::make_tuple(b.key_id, a.certificate.not_before());
  });
  return stored;
}

Result<void> KeysOnlyCard::remove_key(std::string_view key_id) {
  TRY(const auto found, files());
  bool removed = false;
  for (const File& file : found) {
    if (file.key_id != key_id) continue;
    std::error_code error;
    removed = std::filesystem::remove(file.path, error) || removed;
    if (error) return fail(folder_error(folder_, error));
  }
  if (!removed) return fail(ErrorCode::kNotFound, "card: no certificate of such a key");
  return ok();
}

Result<void> KeysOnlyCard::store_data(std::string_view, const crypto::SecretBytes&) {
  return takes_no_data();
}

Result<crypto::SecretBytes> KeysOnlyCard::read_data(std::string_view) {
  return takes_no_data();
}

Result<void> KeysOnlyCard::remove_data(std::string_view) {
  return takes_no_data();
}

Result<std::vector<std::string>> KeysOnlyCard::list_data() {
  return takes_no_data();
}

}  // namespace countersign::card
