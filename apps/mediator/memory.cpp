// SPDX-License-Identifier: Apache-2.0
// Every `new` of this program is served by the locked heap, and wiped by its `delete`: wherever a message is
// copied to on its way, it lies there and nowhere else. Sanitizers keep their own heap.
#include "memory.h"

#include <new>

namespace countersign::app {

mediator::LockedHeap& heap() {
  // Never destroyed: what static objects hold is given back after main.
  alignas(mediator::LockedHeap) static std::byte place[sizeof(mediator::LockedHeap)];
  static mediator::LockedHeap* const made = new (place) mediator::LockedHeap();
  return *made;
}

}  // namespace countersign::app

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void* operator new(std::size_t size) {
  if (void* const memory = countersign::app::heap().allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) {
  return operator new(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return countersign::app::heap().allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return countersign::app::heap().allocate(size);
}
void operator delete(void* memory) noexcept {
  countersign::app::heap().release(memory);
}
void operator delete[](void* memory) noexcept {
  countersign::app::heap().release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  countersign::app::heap().release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  countersign::app::heap().release(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  countersign::app::heap().release(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  countersign::app::heap().release(memory);
}

#endif
