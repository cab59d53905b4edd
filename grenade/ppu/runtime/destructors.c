/* Constructors and destructors of global objects. */
#include <stddef.h>

typedef void Function(void);

extern Function* const __init_array_start[];
extern Function* const __init_array_end[];
extern Function* const __fini_array_start[];
extern Function* const __fini_array_end[];

void exit(int code) __attribute__((noreturn));
void* malloc(size_t size);

/* Something to call at the end of the program, the last registered first. */
struct Registration
{
	struct Registration* previous;
	void (*destructor)(void*);
	void* object;
};

static struct Registration* last_registration;

/* Compilers name the module of an object by the address of this; there is only one module. */
void* __dso_handle;

int __cxa_atexit(void (*destructor)(void*), void* object, void* module)
{
	struct Registration* const entry = malloc(sizeof(struct Registration));
	(void) module;
	/* Callers do not look at the result, so a destructor would be lost silently. */
	if (!entry)
		exit(1);
	entry->previous = last_registration;
	entry->destructor = destructor;
	entry->object = object;
	last_registration = entry;
	return 0;
}

static void call(void* function)
{
	((Function*) function)();
}

int atexit(void (*function)(void))
{
	return __cxa_atexit(call, (void*) function, NULL);
}

void __run_constructors(void)
{
	for (Function* const* entry = __init_array_start; entry != __init_array_end; ++entry)
		(*entry)();
}

void __run_destructors(void)
{
	while (last_registration) {
		struct Registration* const current = last_registration;
		/* A destructor may register another one, which then is the next. */
		last_registration = current->previous;
		current->destructor(current->object);
	}
	for (Function* const* entry = __fini_array_end; entry != __fini_array_start;)
		(*--entry)();
}
