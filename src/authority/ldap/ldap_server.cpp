// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/ldap_server.h"

#include <ldap.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>

#include "authority/ldap/watchdog.h"
#include "crypto/secret.h"
#include "http/address_policy.h"
#include "storage/passphrase.h"

namespace countersign::authority {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPageSize = 100;
constexpr int kPatience = 2;         // limits that a call may last before its connection is shut down
constexpr int kMostRemovals = 1000;  // pages of what lies below an entry that goes
// In the words of GnuTLS, which Debian's libldap is made with.
constexpr const char* kCiphers = "SECURE128:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3";
constexpr ber_len_t kLargestAnswer = 64U << 20;  // octets of one message: a revocation list can be long

struct UrlDeleter {
  void operator()(LDAPURLDesc* url) const { ldap_free_urldesc(url); }
};
using Url = std::unique_ptr<LDAPURLDesc, UrlDeleter>;
struct MessageDeleter {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Message = std::unique_ptr<LDAPMessage, MessageDeleter>;
struct ControlDeleter {
  void operator()(LDAPControl* control) const { ldap_control_free(control); }
};
using Control = std::unique_ptr<LDAPControl, ControlDeleter>;

ErrorCode code_of(int result) {
  switch (result) {
    case LDAP_NO_SUCH_OBJECT:
      return ErrorCode::kNotFound;
    case LDAP_ALREADY_EXISTS:
    case LDAP_TYPE_OR_VALUE_EXISTS:
    case LDAP_NO_SUCH_ATTRIBUTE:
    case LDAP_NOT_ALLOWED_ON_NONLEAF:
      return ErrorCode::kConflict;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
      return ErrorCode::kUnauthenticated;
    case LDAP_INSUFFICIENT_ACCESS:
      return ErrorCode::kForbidden;
    case LDAP_REFERRAL:
      return ErrorCode::kNameNotPermitted;
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_INVALID_SYNTAX:
    case LDAP_NAMING_VIOLATION:
    case LDAP_OBJECT_CLASS_VIOLATION:
    case LDAP_CONSTRAINT_VIOLATION:
    case LDAP_UNDEFINED_TYPE:
      return ErrorCode::kMalformed;
    case LDAP_BUSY:
    case LDAP_UNAVAILABLE:
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_SERVER_DOWN:
    case LDAP_TIMEOUT:
    case LDAP_CONNECT_ERROR:
    case LDAP_TIMELIMIT_EXCEEDED:
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
    case LDAP_DECODING_ERROR:
    case LDAP_PROTOCOL_ERROR:
      return ErrorCode::kUnavailable;
    default:
      // Below zero are libldap's own, which are all about the connection.
      return result < 0 ? ErrorCode::kUnavailable : ErrorCode::kInternal;
  }
}

// What the server adds in its own words stays out: it can hold names.
auto refused(std::string_view act, int result) {
  return fail(code_of(result), "ldap: " + std::string(act) + ": " + ldap_err2string(result));
}

timeval as_timeval(std::chrono::microseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_usec = (time - seconds).count()};
}

Result<Url> parse_url(const std::string& text) {
  LDAPURLDesc* parsed = nullptr;
  if (ldap_url_parse(text.c_str(), &parsed) != LDAP_URL_SUCCESS)
    return fail(ErrorCode::kMalformed, "ldap.url: not an LDAP URL");
  Url url(parsed);
  const bool has_name = url->lud_dn != nullptr && *url->lud_dn != '\0';
  if (url->lud_next != nullptr || text.find_first_of(" ?") != std::string::npos || has_name ||
      url->lud_attrs != nullptr || url->lud_filter != nullptr || url->lud_exts != nullptr)
    return fail(ErrorCode::kMalformed, "ldap.url: one server's scheme, host and port, and nothing more");
  const bool has_host = url->lud_host != nullptr && *url->lud_host != '\0';
  if (!has_host) return fail(ErrorCode::kMalformed, "ldap.url: names no host");
  return url;
}

// A literal address: what a name resolves to is for others to say.
bool is_loopback(const char* host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host, nullptr, &hints, &found) != 0) return false;
  const bool loopback = http::permits(http::AddressPolicy::kLoopbackOnly, *found->ai_addr);
  freeaddrinfo(found);
  return loopback;
}

// libldap asks for mutable text and memory that it does not change.
char* unchanged(const std::string& text) {
  return const_cast<char*>(text.c_str());
}
berval unchanged(const Bytes& bytes) {
  return {bytes.size(), reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data()))};
}

// Modifications is a list of attributes with their values, in the form of libldap; views of what it was made
// of.
class Modifications {
 public:
  Modifications(const std::vector<LdapAttribute>& attributes, int operation) {
    entries_.reserve(attributes.size());
    for (const LdapAttribute& attribute : attributes) {
      Entry& entry = entries_.emplace_back();
      for (const Bytes& value : attribute.values) entry.values.push_back(unchanged(value));
      for (berval& value : entry.values) entry.pointers.push_back(&value);
      entry.pointers.push_back(nullptr);
      entry.modification.mod_op = operation | LDAP_MOD_BVALUES;
      entry.modification.mod_type = unchanged(attribute.type);
      entry.modification.mod_bvalues = entry.pointers.data();
    }
    for (Entry& entry : entries_) list_.push_back(&entry.modification);
    list_.push_back(nullptr);
  }
  LDAPMod** get() { return list_.data(); }

 private:
  struct Entry {
    std::vector<berval> values;
    std::vector<berval*> pointers;
    LDAPMod modification{};
  };
  std::vector<Entry> entries_;
  std::vector<LDAPMod*> list_;
};

LdapEntry entry_of(LDAP* ldap, LDAPMessage* message) {
  LdapEntry entry;
  if (char* name = ldap_get_dn(ldap, message); name != nullptr) {
    entry.name = name;
    ldap_memfree(name);
  }
  BerElement* position = nullptr;
  for (char* type = ldap_first_attribute(ldap, message, &position); type != nullptr;
       type = ldap_next_attribute(ldap, message, position)) {
    LdapAttribute attribute{type, {}};
    if (berval** values = ldap_get_values_len(ldap, message, type); values != nullptr) {
      for (berval** value = values; *value != nullptr; ++value)
        attribute.values.push_back(to_bytes(
            std::string_view((*value)->bv_val == nullptr ? "" : (*value)->bv_val, (*value)->bv_len)));
      ldap_value_free_len(values);
    }
    ldap_memfree(type);
    entry.attributes.push_back(std::move(attribute));
  }
  ber_free(position, 0);
  return entry;
}

}  // namespace

Result<void> LdapTarget::check() const {
  TRY(const Url parsed, parse_url(url));
  const std::string_view scheme = parsed->lud_scheme == nullptr ? "" : parsed->lud_scheme;
  if (scheme != "ldap" && scheme != "ldaps" && scheme != "ldapi")
    return fail(ErrorCode::kMalformed, "ldap.url: ldaps, ldap or ldapi");
  if (start_tls && scheme != "ldap")
    return fail(ErrorCode::kMalformed, "ldap.start_tls: is for ldap:// alone");
  const bool uses_tls = start_tls || scheme == "ldaps";
  if (uses_tls && ca_file.empty())
    return fail(ErrorCode::kMalformed, "ldap.ca_file: is missing; it says who may certify the server");
  if (!uses_tls && scheme == "ldap" && !is_loopback(parsed->lud_host))
    return fail(
        ErrorCode::kForbidden,
        "ldap.url: without TLS the password would cross the network: say ldaps:// or start_tls, or the "
        "number of a loopback address");
  return ok();
}

struct LdapServer::Connection {
  ~Connection() {
    // Unbinds without waiting for anything.
    const Watchdog::Limit limit(watchdog, timeout);
    if (ldap != nullptr) ldap_unbind_ext(ldap, nullptr, nullptr);
  }
  // As soon as there is a socket, before anything is said over it.
  static int begin_watch(LDAP*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* callback) {
    int socket = -1;
    if (ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &socket) == 1)
      static_cast<Connection*>(callback->lc_arg)->watchdog.watch(socket);
    return 0;
  }
  static void end_watch(LDAP*, Sockbuf*, ldap_conncb*) {}

  Result<void> set(int option, const void* value, std::string_view what) {
    if (ldap_set_option(ldap, option, value) != LDAP_OPT_SUCCESS)
      return fail(ErrorCode::kUnavailable, "ldap: cannot set " + std::string(what));
    return ok();
  }
  Result<void> set_limits();
  Result<void> set_tls(const LdapTarget& target);
  Result<void> limit_answers();
  Result<void> authenticate(const LdapTarget& target);
  Result<std::vector<LdapEntry>> search(const std::string& name, int scope,
                                        const std::vector<std::string>& types, LDAPControl* paging,
                                        std::size_t most, Bytes* cookie);
  int remove(const std::string& name) {
    const Watchdog::Limit limit(watchdog, timeout * kPatience);
    return ldap_delete_ext_s(ldap, name.c_str(), nullptr, nullptr);
  }
  Result<int> finish(LDAPMessage* message, Bytes* cookie);

  Watchdog watchdog;
  ldap_conncb callback{begin_watch, end_watch, this};
  LDAP* ldap = nullptr;
  std::chrono::milliseconds timeout{};
};

Result<void> LdapServer::Connection::set_limits() {
  constexpr int version = LDAP_VERSION3;
  constexpr int dereference = LDAP_DEREF_NEVER;
  const timeval limit = as_timeval(timeout);
  const auto unacknowledged = static_cast<unsigned>(timeout.count());
  TRY(set(LDAP_OPT_PROTOCOL_VERSION, &version, "the protocol's version"));
  TRY(set(LDAP_OPT_REFERRALS, LDAP_OPT_OFF, "that no referral is followed"));
  TRY(set(LDAP_OPT_DEREF, &dereference, "that no alias is followed"));
  TRY(set(LDAP_OPT_CONNECT_CB, &callback, "who watches the socket"));
  TRY(set(LDAP_OPT_RESTART, LDAP_OPT_OFF, "that calls end with a signal"));
  TRY(set(LDAP_OPT_NETWORK_TIMEOUT, &limit, "the limit of connecting"));
  TRY(set(LDAP_OPT_TIMEOUT, &limit, "the limit of answers"));
  return set(LDAP_OPT_TCP_USER_TIMEOUT, &unacknowledged, "the limit of sending");
}

// What a file or the environment of this machine says about TLS does not count (ldap.conf(5)).
Result<void> LdapServer::Connection::set_tls(const LdapTarget& target) {
  constexpr int demand = LDAP_OPT_X_TLS_DEMAND;
  constexpr int client = 0;
  constexpr int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
  TRY(set(LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest, "that TLS is 1.2 at least"));
  TRY(set(LDAP_OPT_X_TLS_CIPHER_SUITE, kCiphers, "the ciphers"));
  TRY(set(LDAP_OPT_X_TLS_CERTFILE, nullptr, "no certificate of our own"));
  TRY(set(LDAP_OPT_X_TLS_KEYFILE, nullptr, "no key of our own"));
  TRY(set(LDAP_OPT_X_TLS_CACERTDIR, nullptr, "no folder of CA certificates"));
  TRY(set(LDAP_OPT_X_TLS_CACERTFILE, target.ca_file.c_str(), "the file of CA certificates"));
  TRY(set(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand, "that the server shows a certificate"));
  if (ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &client) != LDAP_OPT_SUCCESS)
    return fail(ErrorCode::kUnavailable,
                "ldap: " + target.ca_file.string() + ": no file of certificates that TLS can use");
  return ok();
}

// Once there is a socket: no answer may take more memory than this, and no sending more time.
Result<void> LdapServer::Connection::limit_answers() {
  Sockbuf* buffer = nullptr;
  ber_len_t most = kLargestAnswer;
  if (ldap_get_option(ldap, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS ||
      ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &most) != 1)
    return fail(ErrorCode::kUnavailable, "ldap: cannot limit the size of answers");
  int socket = -1;
  const timeval limit = as_timeval(timeout);
  if (ldap_get_option(ldap, LDAP_OPT_DESC, &socket) != LDAP_OPT_SUCCESS ||
      setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    return fail(ErrorCode::kUnavailable, "ldap: cannot limit the time of sending");
  return ok();
}

Result<void> LdapServer::Connection::authenticate(const LdapTarget& target) {
  TRY(const crypto::SecretBytes password, storage::read_passphrase(target.password_file));
  const BytesView secret = password.reveal(crypto::SecretAccess{});
  berval credentials{secret.size(), reinterpret_cast<char*>(const_cast<std::uint8_t*>(secret.data()))};
  const int result = ldap_sasl_bind_s(ldap, target.bind_name.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr,
                                      nullptr, nullptr);
  if (result != LDAP_SUCCESS) return refused("bind", result);
  return ok();
}

// The result of a search from its last message, with the cookie of the next page (RFC 2696).
Result<int> LdapServer::Connection::finish(LDAPMessage* message, Bytes* cookie) {
  int result = LDAP_OTHER;
  LDAPControl** controls = nullptr;
  const int parsed = ldap_parse_result(ldap, message, &result, nullptr, nullptr, nullptr, &controls, 0);
  if (parsed != LDAP_SUCCESS) return refused("result of a search", parsed);
  LDAPControl* found =
      controls == nullptr ? nullptr : ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
  if (found != nullptr && cookie != nullptr) {
    ber_int_t estimate = 0;
    berval next{};
    if (ldap_parse_pageresponse_control(ldap, found, &estimate, &next) == LDAP_SUCCESS &&
        next.bv_val != nullptr) {
      *cookie = to_bytes(std::string_view(next.bv_val, next.bv_len));
      ber_memfree(next.bv_val);
    }
  }
  if (controls != nullptr) ldap_controls_free(controls);
  return result;
}

// Messages are taken one by one: neither their number nor their time is the server's to choose.
Result<std::vector<LdapEntry>> LdapServer::Connection::search(const std::string& name, int scope,
                                                              const std::vector<std::string>& types,
                                                              LDAPControl* paging, std::size_t most,
                                                              Bytes* cookie) {
  const Watchdog::Limit patience(watchdog, timeout * kPatience);
  std::vector<char*> wanted;
  for (const std::string& type : types) wanted.push_back(unchanged(type));
  wanted.push_back(nullptr);
  LDAPControl* controls[] = {paging, nullptr};
  timeval limit = as_timeval(timeout);
  int id = 0;
  const int sent = ldap_search_ext(ldap, name.c_str(), scope, "(objectClass=*)", wanted.data(), 0, controls,
                                   nullptr, &limit, LDAP_NO_LIMIT, &id);
  if (sent != LDAP_SUCCESS) return refused("search", sent);
  const Clock::time_point end = Clock::now() + timeout;
  std::vector<LdapEntry> entries;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - Clock::now());
    timeval rest = as_timeval(std::max(left, std::chrono::microseconds(0)));
    LDAPMessage* received = nullptr;
    const int kind = ldap_result(ldap, id, LDAP_MSG_ONE, &rest, &received);
    const Message message(received);
    if (kind == LDAP_RES_SEARCH_RESULT) {
      TRY(const int result, finish(message.get(), cookie));
      if (result != LDAP_SUCCESS) return refused("search", result);
      return entries;
    }
    if (kind == LDAP_RES_SEARCH_REFERENCE) continue;
    if (kind != LDAP_RES_SEARCH_ENTRY) return refused("search", kind == 0 ? LDAP_TIMEOUT : LDAP_SERVER_DOWN);
    if (entries.size() == most)
      return fail(ErrorCode::kTooLarge, "ldap: search: more entries than were asked for");
    entries.push_back(entry_of(ldap, message.get()));
  }
}

LdapServer::LdapServer(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
LdapServer::~LdapServer() = default;

Result<std::unique_ptr<LdapServer>> LdapServer::connect(const LdapTarget& target) {
  TRY(target.check());
  auto connection = std::make_unique<Connection>();
  connection->timeout = target.timeout;
  if (ldap_initialize(&connection->ldap, target.url.c_str()) != LDAP_SUCCESS)
    return fail(ErrorCode::kUnavailable, "ldap: cannot prepare a connection");
  const Watchdog::Limit limit(connection->watchdog, connection->timeout * kPatience);
  TRY(connection->set_limits());
  if (!target.ca_file.empty()) {
    TRY(connection->set_tls(target));
  }
  if (const int result = ldap_connect(connection->ldap); result != LDAP_SUCCESS)
    return refused("connect", result);
  TRY(connection->limit_answers());
  if (target.start_tls) {
    if (const int result = ldap_start_tls_s(connection->ldap, nullptr, nullptr); result != LDAP_SUCCESS)
      return refused("StartTLS", result);
  }
  TRY(connection->authenticate(target));
  return std::unique_ptr<LdapServer>(new LdapServer(std::move(connection)));
}

Result<std::optional<LdapEntry>> LdapServer::read(const std::string& name,
                                                  const std::vector<std::string>& types) {
  auto found = connection_->search(name, LDAP_SCOPE_BASE, types, nullptr, 1, nullptr);
  // A server whose database is empty refers its own names to the one above. Where a name is really another
  // server's, to write it ends in the same way.
  const bool missing = !found && (found.error().code == ErrorCode::kNotFound ||
                                  found.error().code == ErrorCode::kNameNotPermitted);
  if (missing) return std::optional<LdapEntry>{};
  if (!found) return fail(found.error());
  if (found.value().empty()) return std::optional<LdapEntry>{};
  return std::optional<LdapEntry>{std::move(found.value().front())};
}

Result<LdapServer::Page> LdapServer::read_below(const std::string& name, const Bytes& cookie) {
  LDAPControl* made = nullptr;
  berval next = unchanged(cookie);
  if (ldap_create_page_control(connection_->ldap, kPageSize, cookie.empty() ? nullptr : &next, 1, &made) !=
      LDAP_SUCCESS)
    return fail(ErrorCode::kUnavailable, "ldap: cannot ask for a page");
  const Control control(made);
  Page page;
  TRY(page.entries,
      connection_->search(name, LDAP_SCOPE_SUBORDINATE, {"*"}, control.get(), kPageSize, &page.cookie));
  return page;
}

Result<void> LdapServer::add(const LdapEntry& entry) {
  const Watchdog::Limit limit(connection_->watchdog, connection_->timeout * kPatience);
  Modifications attributes(entry.attributes, 0);
  const int result =
      ldap_add_ext_s(connection_->ldap, entry.name.c_str(), attributes.get(), nullptr, nullptr);
  if (result != LDAP_SUCCESS) return refused("add", result);
  return ok();
}

Result<void> LdapServer::alter(const std::string& name, const std::vector<LdapAttribute>& attributes) {
  const Watchdog::Limit limit(connection_->watchdog, connection_->timeout * kPatience);
  Modifications changes(attributes, LDAP_MOD_REPLACE);
  const int result = ldap_modify_ext_s(connection_->ldap, name.c_str(), changes.get(), nullptr, nullptr);
  if (result != LDAP_SUCCESS) return refused("modify", result);
  return ok();
}

// What lies deeper has the longer name: by that alone leaves go first. Bounded, whatever the server answers.
Result<bool> LdapServer::remove(const std::string& name) {
  for (int round = 0; round < kMostRemovals; ++round) {
    const int result = connection_->remove(name);
    if (result == LDAP_SUCCESS) return true;
    if (result == LDAP_NO_SUCH_OBJECT) return false;
    if (result != LDAP_NOT_ALLOWED_ON_NONLEAF) return refused("delete", result);
    TRY(Page below, read_below(name, {}));
    std::ranges::sort(below.entries, std::ranges::greater{},
                      [](const LdapEntry& entry) { return entry.name.size(); });
    for (const LdapEntry& entry : below.entries) {
      const int removed = connection_->remove(entry.name);
      if (removed != LDAP_SUCCESS && removed != LDAP_NO_SUCH_OBJECT && removed != LDAP_NOT_ALLOWED_ON_NONLEAF)
        return refused("delete", removed);
    }
  }
  return refused("delete", LDAP_NOT_ALLOWED_ON_NONLEAF);
}

}  // namespace countersign::authority
