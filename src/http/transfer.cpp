// SPDX-License-Identifier: Apache-2.0
#include "http/transfer.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>

#include "http/local_loop.h"
#include "http/tls_client.h"

namespace countersign::http {
namespace {

constexpr std::size_t kMaxResponseHeader = 64 << 10;
constexpr long kMaxIdleSeconds = 50;  // below the idle timeout of our servers

struct EasyCleanup {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListCleanup>;

bool is_same_name(std::string_view a, std::string_view b) {
  const CaseInsensitiveLess less;
  return !less(a, b) && !less(b, a);
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

Result<void> append_line(List& list, const std::string& line) {
  curl_slist* shorter = list.release();
  curl_slist* longer = curl_slist_append(shorter, line.c_str());
  list.reset(longer != nullptr ? longer : shorter);
  if (longer == nullptr) return fail(ErrorCode::kInternal, "HTTP client: out of memory");
  return ok();
}

// Headers of a request; libcurl's own Expect and form Content-Type are taken out.
Result<List> header_list(const Headers& headers) {
  List list;
  TRY(append_line(list, "Expect:"));
  if (!headers.contains("Content-Type")) {
    TRY(append_line(list, "Content-Type:"));
  }
  for (const auto& [name, value] : headers) {
    if (is_same_name(name, "Host") || is_same_name(name, "Content-Length") ||
        is_same_name(name, "Connection") || is_same_name(name, "Transfer-Encoding")) {
      continue;
    }
    if (name.empty() || name.find_first_of(":; ") != std::string::npos || !is_clean(name) ||
        !is_clean(value)) {
      return fail(ErrorCode::kMalformed, "request: header " + name);
    }
    std::string line = name;
    value.empty() ? line.append(";") : line.append(": ").append(value);
    TRY(append_line(list, line));
  }
  return list;
}

}  // namespace

// Curl's callbacks get a pointer to this.
struct Transfer::State {
  State(const ClientOptions& given, const Url& base) : options(given), url(base), tls(given, base) {}

  Result<void> configure();
  Result<void> prepare(const Outgoing& request);
  Error error_of(CURLcode code) const;

  static CURLcode configure_tls(CURL*, void* context, void* self) noexcept;
  Result<void> hand_over();
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept;
  static int before_request(void* self, char*, char*, int, int) noexcept;
  static std::size_t take_body(char* data, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t take_header(char* data, std::size_t, std::size_t size, void* self) noexcept;
  bool add_header(std::string_view line);

  template <typename Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(handle.get(), option, value) != CURLE_OK) is_configured = false;
  }

  const ClientOptions& options;
  const Url& url;
  TlsClient tls;
  std::unique_ptr<CURL, EasyCleanup> handle;
  List headers;
  List connect_to;
  std::unique_ptr<LocalLoop> loop;  // where the connections are carried
  Response response;
  std::size_t header_bytes = 0;
  bool is_configured = true;
  bool address_refused = false;
  bool too_large = false;
  char message[CURL_ERROR_SIZE] = {};
};

CURLcode Transfer::State::configure_tls(CURL*, void* context, void* self) noexcept {
  auto& state = *static_cast<State*>(self);
  try {
    Result<void> done = state.hand_over();
    if (done) done = state.tls.configure(static_cast<ssl_ctx_st*>(context));
    if (done) return CURLE_OK;
    state.tls.note(done.error());
    return CURLE_ABORTED_BY_CALLBACK;
  } catch (...) {
    return CURLE_OUT_OF_MEMORY;
  }
}

// The address checked here is the one that is connected to: nothing is resolved again in between.
curl_socket_t Transfer::State::open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& state = *static_cast<State*>(self);
  if (state.loop) {
    const auto client = state.loop->make_client();
    return client ? client.value() : CURL_SOCKET_BAD;
  }
  if (!permits(state.options.addresses, address->addr)) {
    state.address_refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// libcurl is connected and about to speak: the other end of its socket goes to who carries it. (That libcurl
// could take a connected socket itself is not true of its version 7.88, which connects it anyway.)
Result<void> Transfer::State::hand_over() {
  if (!loop) return ok();
  TRY(const int other_end, loop->accept());
  return options.carry(other_end);
}

// The last gate before a request: no https without an accepted peer, whatever libcurl was told.
int Transfer::State::before_request(void* self, char*, char*, int, int) noexcept {
  const auto& state = *static_cast<State*>(self);
  return state.url.scheme == "http" || state.tls.has_accepted() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t Transfer::State::take_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
  auto& state = *static_cast<State*>(self);
  try {
    Bytes& body = state.response.body;
    if (size > state.options.max_response - std::min(body.size(), state.options.max_response)) {
      state.too_large = true;
      return 0;
    }
    body.insert(body.end(), data, data + size);
    return size;
  } catch (...) {
    return 0;
  }
}

std::size_t Transfer::State::take_header(char* data, std::size_t, std::size_t size, void* self) noexcept {
  auto& state = *static_cast<State*>(self);
  try {
    return state.add_header({data, size}) ? size : 0;
  } catch (...) {
    return 0;
  }
}

bool Transfer::State::add_header(std::string_view line) {
  header_bytes += line.size();
  if (header_bytes > kMaxResponseHeader) {
    too_large = true;
    return false;
  }
  if (line.starts_with("HTTP/")) response.headers.clear();  // the final response after 1xx
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.starts_with("HTTP/")) return true;
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
  const auto [place, is_new] = response.headers.try_emplace(std::string(line.substr(0, colon)), value);
  if (!is_new) place->second.append(", ").append(value);
  return true;
}

Result<void> Transfer::State::configure() {
  static const CURLcode kInitialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kInitialized == CURLE_OK) handle.reset(curl_easy_init());
  if (!handle) return fail(ErrorCode::kInternal, "HTTP client: libcurl does not start");
  set(CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, "countersign");
  set(CURLOPT_MAXCONNECTS, 1L);
  set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options.max_response));
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(message));
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  if (options.carry) {
    TRY(loop, LocalLoop::open());
    // Whatever the URL says, without looking anything up.
    TRY(append_line(connect_to, "::127.0.0.1:" + std::to_string(loop->port())));
    set(CURLOPT_CONNECT_TO, connect_to.get());
  }
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_PREREQFUNCTION, &before_request);
  set(CURLOPT_PREREQDATA, this);
  // TLS: libcurl's own checks know nothing of roles; TlsClient puts ours in their place and before_request
  // insists.
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_3});
  set(CURLOPT_SSL_VERIFYPEER, 0L);
  set(CURLOPT_SSL_VERIFYHOST, 0L);
  set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
  set(CURLOPT_SSL_CTX_FUNCTION, &configure_tls);
  set(CURLOPT_SSL_CTX_DATA, this);
  if (!is_configured) return fail(ErrorCode::kInternal, "HTTP client: libcurl lacks an option");
  return ok();
}

Result<void> Transfer::State::prepare(const Outgoing& request) {
  response = {};
  header_bytes = 0;
  address_refused = too_large = false;
  message[0] = '\0';
  tls.forget_error();
  TRY(headers, header_list(request.headers));
  set(CURLOPT_URL, (url.origin() + request.target).c_str());  // copied
  set(CURLOPT_HTTPHEADER, headers.get());
  const std::string method(request.method);
  if (!request.body.empty() || method == "POST" || method == "PUT") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : reinterpret_cast<const char*>(request.body.data()));
  } else {
    set(CURLOPT_HTTPGET, 1L);
    set(CURLOPT_NOBODY, method == "HEAD" ? 1L : 0L);
  }
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
  if (!is_configured) return fail(ErrorCode::kInternal, "HTTP client: libcurl lacks an option");
  return ok();
}

Error Transfer::State::error_of(CURLcode code) const {
  const std::string where = url.origin() + ": ";
  if (address_refused) return {ErrorCode::kForbidden, where + "address not permitted"};
  if (too_large || code == CURLE_FILESIZE_EXCEEDED)
    return {ErrorCode::kTooLarge, where + "response too large"};
  if (tls.error()) return {tls.error()->code, where + tls.error()->detail};
  if (code == CURLE_ABORTED_BY_CALLBACK) return {ErrorCode::kUnauthenticated, where + "peer was not judged"};
  return {ErrorCode::kUnavailable, where + (message[0] != '\0' ? message : curl_easy_strerror(code))};
}

Result<std::unique_ptr<Transfer>> Transfer::create(const ClientOptions& options, const Url& url) {
  auto state = std::make_unique<State>(options, url);
  TRY(state->configure());
  return std::unique_ptr<Transfer>(new Transfer(std::move(state)));
}

Transfer::Transfer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transfer::~Transfer() = default;

Result<Response> Transfer::perform(const Outgoing& request) {
  TRY(state_->prepare(request));
  const CURLcode code = curl_easy_perform(state_->handle.get());
  if (code != CURLE_OK) return fail(state_->error_of(code));
  long status = 0;
  curl_easy_getinfo(state_->handle.get(), CURLINFO_RESPONSE_CODE, &status);
  state_->response.status = static_cast<int>(status);
  return std::move(state_->response);
}

crypto::SecretBytes Transfer::tls_exporter() const {
  return state_->tls.exporter().clone();
}

}  // namespace countersign::http
