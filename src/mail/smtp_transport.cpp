// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>

#include "mail/mail.h"
#include "storage/file.h"

namespace countersign::mail {
namespace {

constexpr std::size_t kMaxPassword = 4096;

struct FreeCurl {
  void operator()(CURL* curl) const noexcept { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, FreeCurl>;
using CurlList = std::unique_ptr<curl_slist, FreeCurl>;

// What is still to be handed over.
struct Upload {
  BytesView rest;
  bool begun = false;
};

std::size_t read_upload(char* buffer, std::size_t size, std::size_t count, void* context) {
  auto& upload = *static_cast<Upload*>(context);
  upload.begun = true;
  const std::size_t part = std::min(size * count, upload.rest.size());
  std::copy_n(upload.rest.begin(), part, buffer);
  upload.rest = upload.rest.subspan(part);
  return part;
}

// Whether the server refused this very message for good (RFC 5321 §4.2.1), rather than our connection or
// credentials.
bool is_refusal(CURLcode code, long reply, bool body_begun) {
  if (reply < 500 || reply > 599 || reply == 530 || reply == 535 || reply == 538) return false;
  return code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && body_begun);
}

// The file's first line, ended by a null character as curl wants it.
Result<crypto::SecretBytes> read_password(const std::filesystem::path& file) {
  auto content = storage::read_file(file, kMaxPassword);
  if (!content) return fail(ErrorCode::kUnavailable, "smtp password: " + content.error().detail);
  crypto::SecretBytes line(std::move(content).value());
  const auto bytes = line.reveal(crypto::SecretAccess());
  const auto end =
      std::ranges::find_if(bytes, [](std::uint8_t byte) { return byte == '\n' || byte == '\r'; });
  auto password = crypto::SecretBytes::of_size(static_cast<std::size_t>(end - bytes.begin()) + 1);
  std::copy(bytes.begin(), end, password.writable(crypto::SecretAccess()).begin());
  return password;
}

class SmtpTransport final : public Transport {
 public:
  explicit SmtpTransport(SmtpOptions options) : options_(std::move(options)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  }

  Result<void> send(std::string_view from, std::string_view to, const crypto::SecretBytes& message) override {
    const Curl curl(curl_easy_init());
    if (!curl) throw std::bad_alloc();
    set_server(curl.get());
    if (!options_.user.empty() && !options_.password_file.empty()) {
      TRY(set_credentials(curl.get()));
    }
    const CurlList recipients(curl_slist_append(nullptr, ("<" + std::string(to) + ">").c_str()));
    Upload upload{message.reveal(crypto::SecretAccess())};
    set_envelope(curl.get(), from, recipients.get(), upload);
    const CURLcode code = curl_easy_perform(curl.get());
    if (code == CURLE_OK) return ok();
    return failure(curl.get(), code, upload.begun);
  }

 private:
  void set_server(CURL* curl) const {
    const std::string url = "smtp://" + options_.host + ":" + std::to_string(options_.port);
    const long milliseconds = std::chrono::milliseconds(options_.timeout).count();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (options_.ca_file.empty()) return;
    curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }

  Result<void> set_credentials(CURL* curl) const {
    TRY(const auto password, read_password(options_.password_file));
    const auto bytes = password.reveal(crypto::SecretAccess());
    curl_easy_setopt(curl, CURLOPT_USERNAME, options_.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, reinterpret_cast<const char*>(bytes.data()));
    return ok();
  }

  static void set_envelope(CURL* curl, std::string_view from, curl_slist* recipients, Upload& upload) {
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + std::string(from) + ">").c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_upload);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  }

  // Without curl's own text or the server's, which may repeat the address.
  static Result<void> failure(CURL* curl, CURLcode code, bool body_begun) {
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    return fail(is_refusal(code, reply, body_begun) ? ErrorCode::kForbidden : ErrorCode::kUnavailable,
                std::string("smtp: ") + curl_easy_strerror(code) + ", last reply " + std::to_string(reply));
  }

  const SmtpOptions options_;
};

}  // namespace

std::unique_ptr<Transport> make_smtp_transport(SmtpOptions options) {
  return std::make_unique<SmtpTransport>(std::move(options));
}

}  // namespace countersign::mail
