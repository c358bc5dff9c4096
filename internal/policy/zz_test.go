package policy
import ("testing";"os";"runtime";"time";"fmt"
"github.com/goccy/go-yaml/lexer"
"github.com/goccy/go-yaml/parser"
)
func TestZ(t *testing.T){
 for _,s:=range []string{"gates: {a/0:{pr0000tc,topic:skip}}","{a:{b,c:d}}","{a:{b}}","{a:{b","a{b:c}","x: {protected:warn,topic:skip}#\nb: c","x: {p:w}#\nb: c\n"} {
  done:=make(chan int)
  go func(){ tk:=lexer.Tokenize(s); fmt.Println(s,"lexed",len(tk)); _,err:=parser.Parse(tk,0); fmt.Println("parsed",err!=nil); close(done)}()
  select{case <-done: case <-time.After(2*time.Second): b:=make([]byte,20000); n:=runtime.Stack(b,true); fmt.Printf("HANG %q\n%s\n",s,b[:min(n,6000)]); os.Exit(1)}
 }
 for _,f:=range os.Args[len(os.Args)-1:]{ _ = f}
}
