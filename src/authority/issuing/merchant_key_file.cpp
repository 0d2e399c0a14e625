// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/merchant_key_file.h"

#include <boost/json/object.hpp>

#include "authority/issuing/mailed_secret.h"
#include "base/html.h"
#include "crypto/seal.h"
#include "documents/json.h"
#include "x509/pkcs12.h"

namespace countersign::authority {

namespace {

std::string key_name(std::string_view application) {
  return "application-" + std::string(application) + "-key";
}
std::string file_name(std::string_view application) {
  return "application-" + std::string(application) + "-file";
}
std::string contact_name(std::string_view application) {
  return "application-" + std::string(application);
}

}  // namespace

Result<SealedKey> make_sealed_key(const storage::SecretFolder& keys, std::string_view application) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  TRY(const auto pkcs8, key.to_pkcs8());
  TRY(const auto sealing, keys.load_or_create(key_name(application), crypto::kSealKeySize));
  return SealedKey{key.public_key(),
                   crypto::seal(sealing, pkcs8.reveal(crypto::SecretAccess{}), key_name(application))};
}

Result<SealedKeyFile> make_merchant_key_file(const storage::SecretFolder& keys,
                                             const Application& application,
                                             const x509::Certificate& certificate,
                                             const AuthorityKeys& authority) {
  TRY(const auto opening, keys.load(key_name(application.id)));
  TRY(const auto pkcs8, crypto::open_sealed(opening, application.private_key, key_name(application.id)));
  TRY(auto key, crypto::PrivateKey::from_pkcs8(pkcs8));
  x509::KeyFile file;
  file.keys.push_back({std::move(key), certificate});
  file.authorities = {authority.ca.certificate, authority.anchor->root()};
  auto password = random_mailed_password();
  TRY(const auto pkcs12, x509::make_pkcs12(file, password, certificate.subject().value_of("CN")));
  TRY(const auto sealing, keys.load_or_create(file_name(application.id), crypto::kSealKeySize));
  return SealedKeyFile{crypto::seal(sealing, pkcs12, file_name(application.id)), std::move(password)};
}

Result<Bytes> open_merchant_key_file(const storage::SecretFolder& keys, const Application& application) {
  TRY(const auto sealing, keys.load(file_name(application.id)));
  TRY(const auto file, crypto::open_sealed(sealing, application.key_file, file_name(application.id)));
  return to_bytes(file.reveal(crypto::SecretAccess{}));
}

Result<void> destroy_merchant_keys(const storage::SecretFolder& keys, std::string_view application) {
  TRY(keys.destroy(key_name(application)));
  return keys.destroy(file_name(application));
}

Result<Bytes> seal_contact(const storage::SecretFolder& keys, std::string_view application,
                           const MerchantContact& contact) {
  TRY(const auto key, keys.load_or_create(contact_name(application), crypto::kSealKeySize));
  auto text = documents::write_json(boost::json::object{
      {"email", contact.email}, {"contact", contact.contact}, {"telephone", contact.telephone}});
  auto sealed = crypto::seal(key, as_bytes(text), contact_name(application));
  wipe_text(text);
  return sealed;
}

Result<MerchantContact> open_contact(const storage::SecretFolder& keys, std::string_view application,
                                     BytesView sealed) {
  TRY(const auto key, keys.load(contact_name(application)));
  TRY(const auto text, crypto::open_sealed(key, sealed, contact_name(application)));
  TRY(auto reader, documents::ObjectReader::parse(text.reveal(crypto::SecretAccess{}), "contact"));
  MerchantContact contact;
  TRY(contact.email, reader.text("email", 254));
  TRY(contact.contact, reader.text("contact", 200));
  TRY(contact.telephone, reader.text("telephone", 40));
  return contact;
}

mail::Message write_password_mail(const MerchantPasswordMail& mail, const crypto::SecretBytes& password) {
  const auto secret = std::string(as_text(password.reveal(crypto::SecretAccess{})));
  mail::Message message;
  message.from = mail.from;
  message.from_name = mail.from_name;
  message.to = mail.to;
  message.subject = "Password of your merchant key file / 가맹점 키 파일 비밀번호";
  message.text =
      "A merchant certificate was issued for\n  " + mail.subject_name +
      "\n\nPassword of the key file (the file itself never travels by mail):\n  " + secret +
      "\n\nFingerprint (SHA-256) of the network root:\n  " + hex_encode(mail.root_fingerprint) +
      "\n\nThe certificate is on hold until the file is fetched, and revoked unless that is before\n  " +
      format_time(mail.expires) +
      "\n\nIf you did not apply for it, ask the authority to revoke it.\n\n위 이름으로 가맹점 인증서가 "
      "발급되었습니다. 위 시각까지 키 파일을 받지 않으면 폐지됩니다. 신청하지 않았다면 인증기관에 폐지를 "
      "요청하십시오.\n";
  message.html = "<!DOCTYPE html><html><body><pre style=\"font-family:sans-serif\">" +
                 html_escape(message.text) + "</pre></body></html>";
  return message;
}

}  // namespace countersign::authority
