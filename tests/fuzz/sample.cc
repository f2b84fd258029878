/* sample.cc - functions whose names are mangled: see tests/fuzz/samples. */
namespace engine {
template <typename T> struct client {
	T value;
	__attribute__((noinline)) T ask(T more) { return value += more; }
};
} // namespace engine
int shared(int x)
{
	engine::client<int> one = {x};
	engine::client<long> two = {x};
	return one.ask(2) + (int)two.ask(x);
}
